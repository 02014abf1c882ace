/** What is said in the pictures. */
export const answer = `A sourdough loaf wants three things: **time**, a lively starter, and a hot oven.

1. Mix 500 g flour, 350 g water and 100 g starter; rest for 30 minutes.
2. Add 10 g salt, fold every half hour, four times.
3. Let it rise until half again as large, shape it, and keep it cold overnight.

| stage | at 24 °C | at 18 °C |
|---|---|---|
| first rise | 4 h | 7 h |
| in the fridge | 12 h | 12 h |

Bake at 250 °C: 20 minutes covered, 25 open. The crust should be darker than feels right.`;

export const code = `Both say the same. As code:

\`\`\`ts title=loaf.ts
/** Grams of water for a dough of this hydration. */
export function waterFor(flour: number, hydration = 0.7): number {
  return Math.round(flour * hydration); // 500 g of flour take 350 g
}
\`\`\`

and as a formula, where $f$ is the flour and $h$ the hydration:

$$
w = f \\cdot h, \\qquad \\frac{\\partial w}{\\partial h} = f
$$`;

export const drawn = `Each word travels sealed, and is readable in two places only:

\`\`\`mermaid
flowchart LR
  P[Phone] -->|sealed| R[(Relay)]
  R -->|under a grant| A{Agent}
  A --> M[Model]
  A -->|sealed| R
  R -->|sealed| L[Laptop]
\`\`\`

The relay stores what it cannot read. The agent reads one chat, for one question.`;

export const letter = `# A row of lime trees

Dear neighbours,

we would like to plant a row of lime trees along the river path. They give shade in summer, and bees like them.

## What we ask for

- Twelve young trees
- Someone who waters them
- A bench under every third

We would begin in October, when the ground is soft.

Yours,
the people of Mill Lane`;

/** Up to the fold, an artifact and its proposal are the whole picture. */
export const changes = (id: string): string => `I say who waters them and when we begin, and end on a warmer note.

<artifact-edit id="${id.slice(0, 8)}">
<find>and bees like them.</find>
<replace>and the bees will thank us in June.</replace>
<find>- Someone who waters them
</find>
<replace>- A rota of neighbours who water them for the first two summers
</replace>
<find>We would begin in October, when the ground is soft.</find>
<replace>We would begin in the second week of October, when the ground is soft.</replace>
</artifact-edit>

Take what you like of it.`;

/** Everything that an answer can be set in, as a long one uses it. */
export const essay = `## Heat in a flat

A flat heats up in three ways: through its **windows**, through its *walls*, and by what is switched on inside. The first is most of it[^1].

### What helps at once

- Shade from outside, before the sun is on the glass
  - shutters or an awning: most of the heat stays out
  - a curtain inside: about a third of it does
- Air at night, and keep everything closed by day
- Nothing that cooks, dries or computes at noon

> A curtain turns light into heat inside the room. A shutter does that outside of it.
>
> So the same cloth is worth three times as much on the other side of the glass.

### What to buy, and in which order

| What | Costs | Lowers it by | Watts |
|:---|---:|---:|---:|
| Reflecting film, for two windows that face south | 40 € | 1.5 °C | 0 |
| Awning | 380 € | 4 °C | 0 |
| Fan | 45 € | felt: 3 °C | 35 |
| Split air conditioner, fitted | 1,900 € | 8 °C | 900 |

#### Before the summer

1. Measure which room is hottest, and when.
2. Look for the gaps:
   1. under the roof,
   2. at the shutter's box.
3. Ask the owner of the house, since an awning changes the façade. The form is at [the city's page](https://example.org/form), and \`Form 12b\` is the one you need.

- [x] thermometer by the bed
- [ ] film for the kitchen
- [ ] ask about the awning

---

The sum of it as a little program:

\`\`\`python title=heat.py
from dataclasses import dataclass

@dataclass
class Window:
    area: float          # square metres
    faces: str = "south"

def gain(windows: list[Window], shade: float = 0.0) -> float:
    """Watts that come in at noon in July, with a share of them kept out."""
    sun = {"south": 600, "west": 550, "east": 500, "north": 150}
    return sum(window.area * sun[window.faces] * (1 - shade) for window in windows)
\`\`\`

With $A = 3.2\\,\\mathrm{m^2}$ that is $P = 600 \\cdot 3.2 \\approx 1.9\\,\\mathrm{kW}$: as much as an oven on a low flame, all afternoon.`;

/** Titles and names as life brings them: long, in one word, and in another writing. */
export const awkwardTitles = [
  "A very long question about the insurance of a rented boat that was damaged by somebody else's trailer in the harbour",
  "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
  "מה שלום הגינה שלנו?",
  "OK",
] as const;
