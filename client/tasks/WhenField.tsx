/** When a task is due: picked with one press or set to the minute, once or again and again. */
import { createUniqueId, For, type JSX, Show } from "solid-js";
import { everyFrom, type Reminder, type Unit, units } from "#sync/docs/reminders.ts";
import { parseWhen, sayWhen } from "#sync/docs/wallTime.ts";
import { localZone } from "../platform/clock.ts";
import { hourMs, inAWeek, thisEvening, tomorrowMorning } from "./times.ts";
import { w } from "./words.ts";

export function WhenField(props: { value: Reminder | null; set(reminder: Reminder | null): void }): JSX.Element {
  const [when, again] = [createUniqueId(), createUniqueId()];
  const set = (at: number, unit: Unit | null): void =>
    props.set({ at, every: unit === null ? null : everyFrom(at, unit, localZone()) });
  const unit = (): Unit | null => props.value?.every?.unit ?? null;
  const picks = (): readonly (readonly [string, number])[] => {
    const [now, zone] = [Date.now(), localZone()];
    const evening = thisEvening(now, zone);
    return [
      [w.soon.hour, now + hourMs],
      ...(evening === null ? [] : [[w.soon.evening, evening] as const]),
      [w.soon.morning, tomorrowMorning(now, zone)],
      [w.soon.week, inAWeek(now, zone)],
    ];
  };
  return (
    <div class="task-when">
      <div class="task-picks">
        <For each={picks()}>
          {([label, at]) => (
            <button type="button" class="plain" onClick={() => set(at, unit())}>
              {label}
            </button>
          )}
        </For>
      </div>
      <div class="task-exactly">
        <span class="task-part">
          <label for={when}>{w.when}</label>
          <input
            id={when}
            class="field"
            type="datetime-local"
            max="9999-12-31T23:59"
            value={props.value === null ? "" : sayWhen(props.value.at, localZone())}
            onChange={(event) => {
              const at = parseWhen(event.currentTarget.value, localZone());
              if (at !== null) set(at, unit());
              else if (event.currentTarget.value === "") props.set(null);
            }}
          />
        </span>
        <span class="task-part">
          <label for={again}>{w.again}</label>
          <select
            id={again}
            class="field"
            value={unit() ?? "once"}
            disabled={props.value === null}
            onChange={(event) => {
              const next = units.find((each) => each === event.currentTarget.value) ?? null;
              if (props.value !== null) set(props.value.at, next);
            }}
          >
            <option value="once">{w.once}</option>
            <For each={units}>{(each) => <option value={each}>{w.units[each]}</option>}</For>
          </select>
        </span>
        <Show when={props.value !== null}>
          <button type="button" class="quiet" onClick={() => props.set(null)}>
            {w.noTime}
          </button>
        </Show>
      </div>
    </div>
  );
}
