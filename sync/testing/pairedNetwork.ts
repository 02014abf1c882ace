/** Two connected network adapters for automerge-repo, which deliver by microtask. (Its own pair imports a file that it does not ship.) */
import { NetworkAdapter, type Message, type PeerId } from "@automerge/automerge-repo";

class PairedAdapter extends NetworkAdapter {
  other: PairedAdapter | null = null;
  isConnected = false;

  isReady(): boolean {
    return this.isConnected;
  }
  whenReady(): Promise<void> {
    return this.isConnected
      ? Promise.resolve()
      : new Promise((resolve) => this.once("peer-candidate", () => resolve()));
  }
  connect(peerId: PeerId): void {
    this.peerId = peerId;
    this.isConnected = true;
    const { other } = this;
    if (other?.peerId === undefined) return;
    for (const [here, there] of [
      [this, other],
      [other, this],
    ] as const) {
      if (there.peerId !== undefined) here.emit("peer-candidate", { peerId: there.peerId, peerMetadata: {} });
    }
  }
  send(message: Message): void {
    const { other } = this;
    queueMicrotask(() => {
      if (this.isConnected && other?.isConnected === true) other.emit("message", structuredClone(message));
    });
  }
  disconnect(): void {
    this.isConnected = false;
    this.emit("close");
  }
}

export function createPairedNetwork(): readonly [NetworkAdapter, NetworkAdapter] {
  const [one, two] = [new PairedAdapter(), new PairedAdapter()];
  one.other = two;
  two.other = one;
  return [one, two];
}
