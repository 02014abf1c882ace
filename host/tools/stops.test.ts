/** Stop, at every point of a call: of every class, whether it is asked about or not. */
import { expect, test } from "vitest";
import { createDeviceKeys } from "#crypto/device.ts";
import { runIdFromBytes } from "#crypto/ids.ts";
import { systemRandom } from "#crypto/random.ts";
import { defaultToolPolicy, toolClasses, type ToolRule } from "#sync/docs/toolPolicy.ts";
import { isEnd, readCalls, type ToolStep } from "#sync/docs/toolSteps.ts";
import { createManualClock } from "#sync/testing/manualClock.ts";
import { fakeLedger } from "../testing/fakeLedger.ts";
import { createDispatcher } from "./dispatch.ts";
import { textResult, versionOf, type JsonObject, type Tool } from "./tool.ts";

const owner = createDeviceKeys(systemRandom);
const run = runIdFromBytes(new Uint8Array(16).fill(1));

test("TU6 stopped at any point: nothing begins after it, what had begun says that it may have been done, and each has its end and its entries", async () => {
  const seen = { effects: 0, stopped: 0, done: 0 };
  for (const toolClass of toolClasses)
    for (const rule of ["ask", "allow"] as const satisfies readonly ToolRule[])
      for (let at = 1; at <= 9; at++) {
        const place = `${toolClass}, ${rule}, stopped at ${at}`;
        const stop = new AbortController();
        const steps: ToolStep[] = [];
        const entries: JsonObject[] = [];
        let [left, effects] = [at, 0];
        const point = (): void => {
          if (--left === 0) stop.abort();
        };
        const definition = { name: "act", description: "", class: toolClass, parameters: {} };
        const tool: Tool = {
          ...definition,
          version: versionOf(definition),
          isUntrusted: false,
          target: () => "",
          run: () => {
            expect(stop.signal.aborted, place).toBe(false);
            effects += 1;
            point();
            return Promise.resolve(textResult("done"));
          },
        };
        const dispatcher = createDispatcher({
          tools: () => [tool],
          policy: () => ({ ...defaultToolPolicy, classes: { ...defaultToolPolicy.classes, [toolClass]: rule } }),
          ledger: fakeLedger((what) => {
            point();
            return entries.push(what);
          }),
          ...{ place: {}, host: "h", clock: createManualClock(), random: systemRandom },
          askOwner: () => {
            point();
            return Promise.resolve({ device: owner.id, choice: "allow" as const });
          },
          write: (step) => {
            point();
            return steps.push(step) > 0;
          },
          stored: () => {
            point();
            return Promise.resolve(true);
          },
          ...{ isUnattended: false, isTainted: false, mayHaveRun: new Set<string>() },
        });
        const { end, says } = await dispatcher.call("act", {}, stop.signal);
        const [call] = readCalls({ run, isOver: true, steps });
        expect(call !== undefined && isEnd(call.status), place).toBe(true);
        expect(call?.status, place).toBe(end);
        // It may have come to its end in that very moment; then that is what is said.
        if (effects === 1 && end === "stopped") expect(says, place).toMatch(/may have been done|^done$/);
        expect(entries.filter(({ what }) => what === "after")).toHaveLength(effects);
        if (effects === 1) expect(entries[0], place).toMatchObject({ what: "before" });
        else expect(entries.length, place).toBeGreaterThan(0);
        seen.effects += effects;
        seen[end === "done" ? "done" : "stopped"] += 1;
      }
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(5);
});
