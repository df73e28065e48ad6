import type { LeafReader, RawLeaf } from './raw-leaf.ts';

const LOOKS_LIKE_HTML =
  /^\s*(?:<!doctype html|<html|<body|<head|<div|<p[\s>]|<table|<article|<section|<ul|<!--|<\?xml)/i;
/** A tag's name and what stands in it, or a comment. Bounded, so that a lone `<` costs nothing. */
const TAG = /<!--([\s\S]{0,4096}?)-->|<\/?([a-z][\w:-]{0,31})((?:[^<>"']|"[^"]{0,2048}"|'[^']{0,2048}'){0,512})>/gi;
const ATTRIBUTE = /([a-z][\w:-]{0,31})\s*=\s*(?:"([^"]{0,2048})"|'([^']{0,2048})')/gi;

/**
 * Reads a page: each stretch of text between tags, each attribute's value, each comment. All of it is loose: whoever wrote the
 * page could write anything anywhere. Cost: O(length).
 */
export const htmlLeaves: LeafReader = (text, { maxLeaves }) => {
  if (!LOOKS_LIKE_HTML.test(text)) return undefined;
  const leaves: RawLeaf[] = [];
  const add = (path: string, value: string, start: number): void => {
    if (value.trim() !== '') leaves.push({ path, value: value.trim(), start, loose: true });
  };
  let within = 'text';
  let end = 0;
  for (const tag of text.matchAll(TAG)) {
    const [whole, comment, name = '', attributes = ''] = tag;
    add(within, text.slice(end, tag.index), end);
    end = tag.index + whole.length;
    if (comment !== undefined) add('comment', comment, tag.index);
    else within = whole.startsWith('</') ? 'text' : name.toLowerCase();
    for (const [, attribute = '', double, single] of attributes.matchAll(ATTRIBUTE)) {
      add(`${name.toLowerCase()}@${attribute.toLowerCase()}`, double ?? single ?? '', tag.index);
    }
    if (leaves.length > maxLeaves) return undefined;
  }
  add(within, text.slice(end), end);
  return leaves.length <= maxLeaves ? leaves : undefined;
};
