/** What a part's beat tells of its work. */
export interface Pulse {
  /** Only ever compared: one that moves is at work. */
  readonly progress: number;
  /** What has not had its turn. */
  readonly waiting: number;
  /** For how long the oldest of it has waited. */
  readonly oldestMs: number;
}
