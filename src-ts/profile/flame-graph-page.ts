/**
 * The script in a flame graph: a click on a frame makes it as wide as the graph, the field in the corner marks frames by
 * name. Runs in a browser.
 */

export {};

// The project has no types of browsers.
declare const document: any;

const svg = document.currentScript.closest('svg');
const frames: any[] = [...svg.querySelectorAll('g.f')];
const WIDTH = Number(svg.getAttribute('width'));
/** Width of a character, and of what is not worth a text. */
const CHARACTER = 6.2;
const number = (frame: any, name: string): number => Number(frame.dataset[name]);
const nameOf = (frame: any): string => frame.dataset.name;

/** Shows so much of the graph: the frames of these x, others are left out. */
function zoom(from: number, width: number): void {
  const scale = WIDTH / width;
  for (const frame of frames) {
    const x = (number(frame, 'x') - from) * scale;
    const w = number(frame, 'w') * scale;
    // What the chosen frame stands on is as wide as the graph.
    const left = Math.max(0, x);
    const right = Math.min(WIDTH, x + w);
    frame.style.display = right - left < 0.2 ? 'none' : '';
    const [rect, text] = [frame.querySelector('rect'), frame.querySelector('text')];
    rect.setAttribute('x', left);
    rect.setAttribute('width', Math.max(0.2, right - left - 0.3));
    const room = Math.floor((right - left - 4) / CHARACTER);
    text.setAttribute('x', left + 3);
    text.textContent =
      room < 3 ? '' : nameOf(frame).length <= room ? nameOf(frame) : `${nameOf(frame).slice(0, room - 1)}…`;
  }
}

/** Marks the frames whose name has the text in it, and says how much of all they are. */
function search(text: string): void {
  let share = 0;
  let end = -1;
  for (const frame of frames) {
    const found = text !== '' && nameOf(frame).toLowerCase().includes(text.toLowerCase());
    frame.classList.toggle('found', found);
    // Frames stand in the order of x, callers first: one inside another that was found is not counted again.
    if (found && number(frame, 'x') >= end - 1e-6) {
      share += number(frame, 'w') / WIDTH;
      end = number(frame, 'x') + number(frame, 'w');
    }
  }
  svg.querySelector('.share').textContent = text === '' ? '' : `${(100 * share).toFixed(1)} %`;
}

svg.addEventListener('click', (e: any) => {
  const frame = e.target.closest('g.f');
  if (frame !== null) zoom(number(frame, 'x'), number(frame, 'w'));
});
const field = svg.querySelector('input');
field.addEventListener('input', () => search(field.value));
