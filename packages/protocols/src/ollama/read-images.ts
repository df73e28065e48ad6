import { isBase64, type JsonNode, type TextCollector, walkTexts } from '@sallyport/wire';

/** Pictures are strings of base64; what stands in their place and isn't any is text. */
export function readImages(images: JsonNode, out: TextCollector): void {
  walkTexts(images, { field: 'images', path: '/images' }, ({ node, path, isKey }) => {
    if (node.kind === 'string' && !isKey && isBase64(node.value)) out.see('image', path, out.bytesOf(node));
    else out.add(node, isKey ? 'key' : 'images');
  });
}
