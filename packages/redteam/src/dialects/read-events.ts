/** How a protocol cuts a stream into values: events of text, lines, or Amazon's frames. */
export type Framing = 'sse' | 'lines' | 'frames';

/** Two lengths and their checksum stand before a frame's headers, a checksum behind its payload, bytes. */
const FRAME_HEAD_BYTES = 12;
const FRAME_FOOT_BYTES = 4;

/** The values of a stream as far as it came; what is no JSON is passed over. */
export function eventsIn(body: Buffer, framing: Framing): readonly unknown[] {
  switch (framing) {
    case 'sse':
      return body
        .toString('utf8')
        .split(/\r?\n\r?\n/)
        .flatMap((event) => jsonIn(dataOf(event)));
    case 'lines':
      return body.toString('utf8').split('\n').flatMap(jsonIn);
    case 'frames':
      return [...payloadsIn(body)].flatMap((payload) => jsonIn(payload.toString('utf8')));
  }
}

/** None, or the one value that a text holds. */
export function jsonIn(text: string): readonly unknown[] {
  try {
    return [JSON.parse(text)];
  } catch {
    return [];
  }
}

function dataOf(event: string): string {
  return event
    .split(/\r?\n/)
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice('data:'.length).trimStart())
    .join('\n');
}

/** Source: Amazon event stream encoding, `application/vnd.amazon.eventstream`. */
function* payloadsIn(body: Buffer): Generator<Buffer> {
  for (let at = 0; at + FRAME_HEAD_BYTES + FRAME_FOOT_BYTES <= body.length; ) {
    const end = at + body.readUInt32BE(at);
    const from = at + FRAME_HEAD_BYTES + body.readUInt32BE(at + 4);
    const to = end - FRAME_FOOT_BYTES;
    if (from > to || end > body.length) return;
    yield body.subarray(from, to);
    at = end;
  }
}
