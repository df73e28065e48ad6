import type { ErrorCode, House, KeyStore, Recorder, SallyportError } from '@sallyport/core';
import type { InstallKeys } from '@sallyport/stores';
import type { Config } from '../config/index.ts';
import type { IssuerNews } from '../identity/issuer-keys.ts';
import { openFrontDoor } from '../identity/open-front-door.ts';
import type { Answer } from '../identity/presented.ts';
import { KeyOffice } from '../key-office.ts';
import { AdminCall } from './admin-call.ts';
import { AdminRecords } from './admin-records.ts';
import { GuessLimit } from './guess-limit.ts';
import { type KnownOperator, recordedOperator } from './known-operator.ts';
import { OperatorDoor, type ShownToAdmin } from './operator-door.ts';
import { OPERATOR_PREFIX } from './operator-token.ts';
import { OutsideChanges } from './outside-changes.ts';
import type { Permission } from './roles.ts';

export interface OperatorRoomParts {
  readonly admin: Config['admin'];
  readonly install: Pick<InstallKeys, 'hashOperatorToken' | 'isAdminToken'>;
  /** Of operators, and of gateway keys: what changes there beside the gateway is told to the log. */
  readonly store: KeyStore;
  readonly keys: KeyStore;
  readonly recorder: Recorder;
  readonly newId: () => string;
  readonly clock: {
    /** Of a clock that only goes forward. */
    readonly nowMs: () => number;
    /** Milliseconds since 1970. */
    readonly dateMs: () => number;
    readonly after: House['clock']['after'];
  };
  readonly report: (error: SallyportError) => void;
  readonly onNews: (news: IssuerNews) => void;
}

/** Who the operators are, and what the log is told of what they do. */
export class OperatorRoom {
  /** Where operators with tokens are made and ended. */
  readonly tokens: KeyOffice;
  readonly #records: AdminRecords;
  readonly #door: OperatorDoor;
  readonly #outside: OutsideChanges;
  readonly #closeDoor: () => Promise<void>;

  constructor({ admin, install, store, keys, recorder, newId, clock, report, onNews }: OperatorRoomParts) {
    const { hashOperatorToken: hashCredential, isAdminToken } = install;
    const { nowMs, dateMs, after } = clock;
    this.#records = new AdminRecords({ recorder, newId, nowMs, dateMs });
    this.tokens = new KeyOffice({
      store,
      install: { hashCredential },
      prefix: OPERATOR_PREFIX,
      fixed: [],
      clock,
      report,
    });
    const { door, close } = openFrontDoor({
      config: { identity: admin.identity },
      keys: this.tokens,
      hashCredential,
      clock: { nowMs, dateMs },
      onNews,
    });
    this.#closeDoor = close;
    this.#door = new OperatorDoor({ admin, door, isAdminToken, guesses: new GuessLimit(nowMs) });
    this.#outside = new OutsideChanges({ keys, operators: store, records: this.#records, after, report });
  }

  /** Tells what changed while no gateway ran, and from then on what changes beside this one. */
  watch(): Promise<void> {
    return this.#outside.watch();
  }

  authenticate(shown: ShownToAdmin): Answer<KnownOperator> {
    return this.#door.authenticate(shown);
  }

  /** A call that the operator may make. */
  call(operator: KnownOperator, permission: Permission): AdminCall {
    return new AdminCall(operator, permission, this.#records);
  }

  /** A call that nobody, or nobody who may, makes. @param action the permission that it takes, empty for what there is not */
  refused(fault: ErrorCode, action: string, operator?: KnownOperator): Promise<void> {
    return this.#records.notDone({ fault, action, operator: operator && recordedOperator(operator) });
  }

  async close(): Promise<void> {
    this.#outside.close();
    this.tokens.close();
    await this.#closeDoor();
  }
}
