// What the variants use of the clients of the peers, so that types are checked where those are not installed.

declare module "bullmq" {
  interface Connection {
    readonly host: string;
    readonly port: number;
  }
  export class Queue<T> {
    constructor(
      name: string,
      options: { connection: Connection; defaultJobOptions: { readonly removeOnComplete: boolean } },
    );
    addBulk(jobs: readonly { readonly name: string; readonly data: T }[]): Promise<unknown>;
    obliterate(options: { readonly force: boolean }): Promise<void>;
    close(): Promise<void>;
  }
  export class Worker<T> {
    constructor(
      name: string,
      handler: (job: { readonly data: T }) => Promise<void>,
      options: { readonly connection: Connection; readonly concurrency: number },
    );
    waitUntilReady(): Promise<unknown>;
    close(): Promise<void>;
  }
}

declare module "ioredis" {
  type StreamReply = [name: string, entries: [id: string, fields: string[]][]];
  export class Redis {
    constructor(port: number);
    on(event: "message", listener: (channel: string, text: string) => void): this;
    off(event: "message", listener: (channel: string, text: string) => void): this;
    publish(channel: string, text: string): Promise<number>;
    subscribe(channel: string): Promise<unknown>;
    xread(...args: (string | number)[]): Promise<StreamReply[] | null>;
    set(key: string, value: string): Promise<unknown>;
    del(...keys: string[]): Promise<number>;
    pipeline(): { xadd(...args: string[]): unknown; exec(): Promise<unknown> };
    disconnect(): void;
  }
}

declare module "nats" {
  export const AckPolicy: { readonly All: "all" };
  export const StorageType: { readonly File: "file" };
  export interface JsMsg {
    json<T>(): T;
    ack(): void;
  }
  interface Consumer {
    consume(options: {
      max_messages: number;
      callback: (message: JsMsg) => void;
    }): Promise<{ close(): Promise<unknown> }>;
  }
  export interface NatsConnection {
    publish(subject: string, text: string): void;
    subscribe(
      subject: string,
      options: { callback: (error: Error | null, message: { json<T>(): T }) => void },
    ): { unsubscribe(): void };
    flush(): Promise<void>;
    close(): Promise<void>;
    jetstream(): {
      publish(subject: string, text: string): Promise<unknown>;
      readonly consumers: { get(stream: string, consumer: string): Promise<Consumer> };
    };
    jetstreamManager(): Promise<{
      readonly streams: {
        add(stream: { name: string; subjects: string[]; storage: "file" }): Promise<unknown>;
        delete(name: string): Promise<boolean>;
      };
      readonly consumers: {
        add(
          stream: string,
          consumer: { durable_name: string; ack_policy: "all"; max_ack_pending: number },
        ): Promise<unknown>;
      };
    }>;
  }
  export function connect(options: { readonly port: number }): Promise<NatsConnection>;
}

declare module "pg" {
  export class Client {
    constructor(settings: { host: string; port: number; user: string; database: string });
    connect(): Promise<void>;
    query(query: string | { name: string; text: string; values: readonly unknown[] }): Promise<unknown>;
    on(event: "notification", listener: (notification: { readonly payload?: string }) => void): this;
    end(): Promise<void>;
  }
}

declare module "plainjob" {
  type Log = (message: string) => void;
  interface Logger {
    readonly error: Log;
    readonly warn: Log;
    readonly info: Log;
    readonly debug: Log;
  }
  interface Queue {
    add(type: string, data: unknown): unknown;
    addMany(type: string, data: readonly unknown[]): unknown;
    close(): void;
  }
  export function better(database: object): object;
  export function defineQueue(options: { readonly connection: object; readonly logger: Logger }): Queue;
  export function defineWorker(
    type: string,
    handler: (job: { readonly data: string }) => Promise<void>,
    options: { readonly queue: Queue; readonly pollIntervall: number; readonly logger: Logger },
  ): { start(): Promise<void>; stop(): Promise<void> };
}
