import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { REACHES } from '../../config/mcp-authorization-schema.ts';
import { ANSWER_MAX_BYTES, createOutbound, type Outbound, type Reach } from './outbound.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

function outbound(reach: Reach): Outbound {
  const made = createOutbound(reach, 1_000);
  closers.push(() => made.close());
  return made;
}

async function serving(listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => new Promise((resolve) => server.close(resolve)));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

describe('Outbound.allows()', () => {
  it.each<[string, readonly Reach[]]>([
    ['https://login.example.com/a?b', REACHES],
    ['https://1.1.1.1', REACHES],
    ['https://10.0.0.1', ['private', 'loopback']],
    ['https://169.254.169.254/latest', ['private', 'loopback']],
    ['https://[::1]', ['private', 'loopback']],
    ['https://[::ffff:10.0.0.1]', ['private', 'loopback']],
    ['https://2130706433', ['private', 'loopback']],
    ['https://0x7f.1', ['private', 'loopback']],
    ['http://127.0.0.1:1', ['loopback']],
    ['http://localhost', ['loopback']],
    ['http://[::1]', ['loopback']],
    ['http://127.0.0.1.example.com', []],
    ['http://login.example.com', []],
    ['http://10.0.0.1', []],
    ['https://user@login.example.com', []],
    ['https://:pass@login.example.com', []],
    ['file:///etc/passwd', []],
    ['javascript:alert(1)', []],
    ['login.example.com', []],
    ['', []],
  ])('lets %s be called for %j alone', (address, reaches) => {
    expect(REACHES.filter((reach) => outbound(reach).allows(address))).toEqual(reaches);
  });
});

describe('Outbound.fetch()', () => {
  it('calls no name that leads to an address which is not public', async () => {
    await expect(outbound('public').fetch('https://localhost:1/')).rejects.toThrow(
      'leads to an address that is not public',
    );
    await expect(outbound('private').fetch('https://localhost:1/')).rejects.toThrow('ECONNREFUSED');
  });

  it('calls nothing that it does not allow', async () => {
    const address = await serving((_request, response) => response.end('{}'));
    await expect(outbound('private').fetch(address)).rejects.toThrow('address is not one that may be called');
  });

  it('reads an answer up to its limit, and no further', async () => {
    let bytes = ANSWER_MAX_BYTES;
    const address = await serving((_request, response) => response.end('x'.repeat(bytes)));
    const reaching = outbound('loopback');
    expect(await (await reaching.fetch(address)).text()).toHaveLength(ANSWER_MAX_BYTES);
    bytes += 1;
    await expect(reaching.fetch(address)).rejects.toThrow('UND_ERR_RES_EXCEEDED_MAX_SIZE');
  });

  it('follows no redirect', async () => {
    const paths: (string | undefined)[] = [];
    const address = await serving((request, response) => {
      paths.push(request.url);
      response.writeHead(302, { location: '/elsewhere' }).end();
    });
    expect((await outbound('loopback').fetch(address)).status).toBe(302);
    expect(paths).toEqual(['/']);
  });

  it.each(['{"a":1,"a":2}', '[]', '{', '"text"', '{"a":"\\ud800"}'])('takes %j for no JSON', async (text) => {
    const address = await serving((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(text);
    });
    await expect(outbound('loopback').fetch(address)).rejects.toThrow(/JSON|UTF-8/);
    await expect(outbound('loopback').object(address)).rejects.toThrow(/JSON|UTF-8/);
  });
});
