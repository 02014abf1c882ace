/** Seeds that have ever shown a fault, of the product or of the simulator's own eyes, and what it was. They are run by every test run, and none is ever taken out. */

export interface FailedSeed {
  readonly seed: string;
  /** It broke with the faults that this mutant is looked for with, and without the mutant. */
  readonly faultsOf?: string;
  readonly showed: string;
}

export const failedSeeds: readonly FailedSeed[] = [
  {
    seed: "1780",
    faultsOf: "no-fence",
    showed: "a deletion that was still on its way was called at rest: a state vector does not show it",
  },
  { seed: "200600", showed: "a device that lost its journal went on from a piece of its own chain" },
  { seed: "203231", showed: "the same, ended while it read its log anew" },
  {
    seed: "200925",
    showed: "a lane that this device had shut out was compared with a snapshot, and the chat set aside",
  },
  { seed: "204324", showed: "the same, by a host that forges a FINAL" },
  { seed: "205538", showed: "the same, with a device that never saw the stream" },
  { seed: "201527", showed: "a chat that was begun while the catalog is set aside was looked for at the host" },
  { seed: "207048", showed: "the same, by a device that came later" },
  { seed: "204940", showed: "a device that was asked to go, and was still there, was taken for gone" },
  { seed: "205243", showed: "a snapshot that lacked something closed the gap of its author" },
  { seed: "206135", showed: "what came of a lane before its certificate was let go for good" },
  { seed: "206146", showed: "a journal kept a place behind the newest mark that it knew" },
  { seed: "210656", showed: "what was sealed under a roster that no disk had counted as saved" },
  { seed: "300481", showed: "what a newer snapshot leaves out was no longer taken for covered by the one before" },
  { seed: "301308", showed: "what a restored relay sent at once was read on" },
  { seed: "500156", showed: "a lane that was met out of order while a log was read anew was not asked for again" },
  {
    seed: "500600",
    showed: "what was typed between two sockets was sealed in one piece too long, and taken for poison",
  },
  { seed: "501288", showed: "what is gone on with alone, behind a lost journal and a restored host, was missed" },
  { seed: "503460", showed: "a log that turned out to be another counted as read to its end" },
  { seed: "504032", showed: "a device that lost its journal offered what only a snapshot still holds, for ever" },
  { seed: "505057", showed: "a journal's base said that it held what was written only behind it" },
  {
    seed: "1400831",
    showed:
      "a device that a crash had made forget more acknowledgements than a shortened log answers set its chat aside",
  },
  {
    seed: "1585",
    showed:
      "a reading without a document noted its place in a log that was new here, and what a snapshot covers never came",
  },
  {
    seed: "3000901",
    showed: "a log that is kept without being opened was judged by the roster of when it was asked for",
  },
  { seed: "1550100", showed: "what was on its way to a log's watch was taken for the answer to who read it on" },
  {
    seed: "4009023",
    showed:
      "a disk that refused what a closing tab had shown as unsaved, and had room again when the tab was closed, was taken for one that kept it",
  },
  {
    seed: "7400035",
    showed:
      "what was typed just before its chat was set aside, while the tab was being closed, and was shown as unsaved, was taken for kept",
  },
  { seed: "4004048", showed: "five letters of a long text, drawn at random, were taken for a rogue's word" },
];
