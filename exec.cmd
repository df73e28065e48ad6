@rem The scripts of package.json that take signals begin with `exec`, so that no shell stands between npm and Node.js and
@rem keeps the signal. Windows' shell has no such word: there, this file runs what follows it.
@%*
