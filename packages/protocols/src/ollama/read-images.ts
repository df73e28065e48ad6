import type { JsonNode } from '@sallyport/wire';
import { isBase64 } from '../media.ts';
import type { TextCollector } from '../request/text-collector.ts';
import { walkTexts } from '../walk-texts.ts';

/** Pictures are strings of base64; what stands in their place and isn't any is text. */
export function readImages(images: JsonNode, out: TextCollector): void {
  walkTexts(images, { field: 'images', path: '/images' }, ({ node, path, isKey }) => {
    if (node.kind === 'string' && !isKey && isBase64(node.value)) out.see('image', path, out.bytesOf(node));
    else out.add(node, isKey ? 'key' : 'images');
  });
}
