import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { stop } from '../rig/children.mjs';
import { freePort } from '../rig/free-port.mjs';

const READY_WITHIN_MS = 5_000;

/** One process that passes on what it reads as soon as it reads it, over connections that are kept. */
const configuration = (/** @type {number} */ port, /** @type {number} */ upstreamPort) => `daemon off;
master_process off;
pid nginx.pid;
error_log stderr error;
events { worker_connections 8192; }
http {
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  keepalive_requests 1000000;
  upstream model {
    server 127.0.0.1:${upstreamPort};
    keepalive 1024;
    keepalive_requests 1000000;
  }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      proxy_pass http://model;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
    }
  }
}
`;

/** Whether nginx is installed here. */
export const hasNginx = () => spawnSync('nginx', ['-v'], { stdio: 'ignore' }).status === 0;

/**
 * Starts nginx in front of the mock.
 * @param {number} upstreamPort
 * @returns {Promise<import('../rig/children.mjs').Child>}
 */
export async function startNginx(upstreamPort) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'sallyport-nginx-'));
  const port = await freePort();
  writeFileSync(path.join(folder, 'nginx.conf'), configuration(port, upstreamPort));
  const child = spawn('nginx', ['-p', folder, '-e', 'stderr', '-c', 'nginx.conf'], { stdio: ['ignore', 'ignore', 2] });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const end = async () => {
    await stop(child);
    process.off('exit', kill);
    rmSync(folder, { recursive: true, force: true });
  };
  const deadlineMs = performance.now() + READY_WITHIN_MS;
  while (!(await listens(port))) {
    if (child.exitCode === null && performance.now() < deadlineMs) await pause(20);
    else {
      await end();
      throw new Error('nginx did not start');
    }
  }
  return { pid: child.pid ?? 0, port, stop: end };
}

/**
 * @param {number} port
 * @returns {Promise<boolean>}
 */
function listens(port) {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: '127.0.0.1' });
    const answer = (/** @type {boolean} */ open) => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}
