import { type Attributes, writeAttributes } from './otlp-json.ts';

/** Who tells it. */
export interface Teller {
  /** `service.name`. */
  readonly service: string;
  readonly version: string;
  /** Which of several gateways it is: the name of its log. */
  readonly instance: string;
}

/** What stands around the items of a signal in a request: `resourceSpans`, `scopeSpans`, `spans`. */
export interface SignalForm {
  readonly resources: string;
  readonly scopes: string;
  readonly items: string;
  readonly schemaUrl?: string | undefined;
}

/** @returns one request of items that are JSON each */
export function otlpRequests(teller: Teller, form: SignalForm): (items: readonly string[]) => string {
  const { service, version, instance } = teller;
  const about: Attributes = {
    'service.name': service,
    'service.version': version,
    'service.instance.id': instance,
  };
  const resource = `{"attributes":${writeAttributes(about)},"droppedAttributesCount":0}`;
  const scope = JSON.stringify({ name: 'sallyport', version });
  const schema = form.schemaUrl === undefined ? '' : `,"schemaUrl":${JSON.stringify(form.schemaUrl)}`;
  const head = `{"${form.resources}":[{"resource":${resource},"${form.scopes}":[{"scope":${scope},"${form.items}":[`;
  return (items) => `${head}${items.join(',')}]${schema}}]}]}`;
}
