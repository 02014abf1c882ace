/** What direct links need of the platform: WebRTC's peer connection, told apart from the browser that has it. */

/** A data channel, as far as a link uses it; a browser's own fits. */
export interface DataChannelPort {
  binaryType: string;
  bufferedAmountLowThreshold: number;
  readonly readyState: string;
  readonly bufferedAmount: number;
  send(data: Uint8Array<ArrayBuffer>): void;
  close(): void;
  addEventListener(type: string, listener: (event: Event) => void): void;
}

/** One end of a peer connection, with one channel in it. */
export interface PeerEnd {
  readonly channel: DataChannelPort;
  /** What the other end is to be told; with all the places at which this one may be reached. */
  offer(): Promise<string>;
  answer(offer: string): Promise<string>;
  accept(answer: string): Promise<void>;
  /** SHA-256 of both ends' certificates, once both descriptions are known; `null` where one is missing. */
  fingerprints(): { readonly own: Uint8Array; readonly other: Uint8Array } | null;
  close(): void;
}

/** `onEnd`: it failed, or the other end is gone. */
export type OpenPeer = (onEnd: () => void) => Promise<PeerEnd>;
