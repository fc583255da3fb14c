/** The pages of the extension with a million pages and a million events, in a headless Chromium that draws by software. */
import { PageBrowser } from '../media/browser.js';
import { atMost, type Row, type Section } from './figures.js';

const SIZE = { width: 1200, height: 700 };
const MOST_FIRST_PAINT_MS = 300;
const MOST_OPEN_MS = 500;
const MOST_FRAME_MS = 16;
const MOST_SOFTWARE_FRAME_MS = 40;
/** Each is measured so often and the fastest counts: the computer has other things to do, too. */
const TIMES = 3;

interface MapFigures {
  readonly firstPaintMs: number;
  readonly frameMs: readonly number[];
}

interface TimelineFigures {
  readonly openMs: number;
  readonly frameMs: readonly number[];
}

export async function measureViews(progress: (what: string) => void): Promise<Section> {
  await using browser = await PageBrowser.start(true);
  const maps: MapFigures[][] = [];
  for (const renderer of [undefined, 'software', 'webgl'] as const) {
    progress(`residency map, ${renderer ?? 'as here'}`);
    maps.push(await repeat<MapFigures>(browser, 'residency-map', 'window.fake.measureMap()', renderer));
  }
  progress('timeline');
  const timelines = await repeat<TimelineFigures>(browser, 'timeline', 'window.fake.measureTimeline()');
  const [chosen = [], software = [], webgl = []] = maps;
  return {
    title: 'Views, headless Chromium without a graphics card',
    columns: [
      { title: 'median', unit: 'ms' },
      { title: '95 %', unit: 'ms' },
    ],
    rows: [
      ...mapRows('map of 1 M pages', chosen, MOST_FRAME_MS),
      ...mapRows('… without WebGL', software, MOST_SOFTWARE_FRAME_MS),
      ...mapRows('… with WebGL that the processor emulates', webgl, null),
      once(
        'timeline of 1 M events: opens',
        timelines.map(({ openMs }) => openMs),
        MOST_OPEN_MS,
      ),
      frames('timeline of 1 M events: a frame while panning', timelines, MOST_FRAME_MS),
    ],
    notes: [
      `A window of ${SIZE.width} × ${SIZE.height}. Without a graphics processor the map chooses to do without WebGL.`,
      'A frame is the time from one frame to the next with no limit to their rate: page, composition and drawing.',
      'Opening the timeline includes making its tiles, which is the host’s work.',
    ],
  };
}

async function repeat<Figures>(
  browser: PageBrowser,
  name: 'residency-map' | 'timeline',
  measurement: string,
  renderer?: 'webgl' | 'software',
): Promise<Figures[]> {
  const all: Figures[] = [];
  for (let time = 0; time < TIMES; time++) {
    const page = await browser.open(name, { ...SIZE, ...(renderer && { renderer }) });
    all.push(await page.evaluate<Figures>(measurement));
    const errors = await browser.errorsOf(page);
    if (errors.length > 0) throw new Error(errors.join('\n'));
    await browser.closePages();
  }
  return all;
}

function mapRows(name: string, all: readonly MapFigures[], mostFrameMs: number | null): Row[] {
  return [
    once(
      `${name}: data to first paint`,
      all.map(({ firstPaintMs }) => firstPaintMs),
      MOST_FIRST_PAINT_MS,
    ),
    frames(`${name}: a frame while panning`, all, mostFrameMs),
  ];
}

function once(name: string, ms: readonly number[], most: number): Row {
  const fastest = Math.min(...ms);
  return { name, figures: [fastest, null], aim: atMost(fastest, most, ' ms') };
}

/** Of the repetition whose median is the lowest. */
function frames(name: string, all: readonly { readonly frameMs: readonly number[] }[], most: number | null): Row {
  const sorted = all.map(({ frameMs }) => [...frameMs].sort((a, b) => a - b));
  const at = (times: readonly number[], share: number): number => times[Math.floor(times.length * share)] ?? Infinity;
  const best = sorted.sort((a, b) => at(a, 0.5) - at(b, 0.5))[0] ?? [];
  return {
    name,
    figures: [at(best, 0.5), at(best, 0.95)],
    aim: most === null ? null : atMost(at(best, 0.5), most, ' ms'),
  };
}
