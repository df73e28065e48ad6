import { isBase64 } from '@sallyport/wire';

/** What an identifier or a word of an enumeration looks like; what doesn't is text wherever it stands. */
const IDENTIFIER = /^[\w.:-]{0,128}$/;
const MODEL_NAME = /^[\w.:/@+-]{1,256}$/;
const MEDIA_TYPE = /^[\w.+-]{1,64}\/[\w.+-]{1,96}$/;

/** The members of one protocol, as its `fields.json` lists them. */
export interface FieldLists {
  /** Ids and enumerations of the request format. */
  readonly structuralInRequest: readonly string[];
  /** Ids and enumerations of the answer format. */
  readonly structuralInAnswer: readonly string[];
  /** Signed or encrypted by the provider, in both formats: base64 that says nothing to anybody else and is never edited. */
  readonly opaque?: readonly string[];
  /** What decides what a body means, lower case or as the protocol spells it. */
  readonly decisive: readonly string[];
}

/** What one protocol's members are: an id that is no text for anybody, or a name that decides what a body means. */
export class Fields {
  readonly #inRequest: ReadonlySet<string>;
  readonly #inAnswer: ReadonlySet<string>;
  readonly #opaque: ReadonlySet<string>;
  readonly #decisive: ReadonlySet<string>;
  readonly #folded: ReadonlySet<string>;

  constructor({ structuralInRequest, structuralInAnswer, opaque = [], decisive }: FieldLists) {
    this.#inRequest = new Set(structuralInRequest);
    this.#inAnswer = new Set(structuralInAnswer);
    this.#opaque = new Set(opaque);
    this.#decisive = new Set(decisive);
    this.#folded = new Set(decisive.map(folded));
  }

  isStructuralInRequest(field: string, value: string): boolean {
    const form = isMediaField(field) ? MEDIA_TYPE : IDENTIFIER;
    return (this.#inRequest.has(field) && form.test(value)) || this.#isOpaque(field, value);
  }

  isStructuralInAnswer(field: string, value: string): boolean {
    const form = isModelField(field) ? MODEL_NAME : isMediaField(field) ? MEDIA_TYPE : IDENTIFIER;
    return (this.#inAnswer.has(field) && form.test(value)) || this.#isOpaque(field, value);
  }

  /**
   * A name that some parsers take for one that decides what a body means, and others don't: Go's compares names without case,
   * as Unicode folds it. Whoever reads `Model` as `model` acts on another body than the one that was judged.
   */
  isDisguised(name: string): boolean {
    return !this.#decisive.has(name) && this.#folded.has(folded(name));
  }

  #isOpaque(field: string, value: string): boolean {
    return this.#opaque.has(field) && isBase64(value);
  }
}

function isModelField(field: string): boolean {
  return field === 'model' || field === 'modelVersion';
}

function isMediaField(field: string): boolean {
  return field === 'media_type' || field === 'mime_type' || field === 'mimeType';
}

function folded(name: string): string {
  return name.toUpperCase().toLowerCase();
}

export function isIdentifier(value: string): boolean {
  return IDENTIFIER.test(value);
}

export function isModelName(value: string): boolean {
  return MODEL_NAME.test(value);
}
