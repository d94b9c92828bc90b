// How texts of others get into the page: as text, never as markup, and with nothing in them that hides or turns what is beside them.

// Controls, format characters (those that turn the direction, and those without width), halves of characters, separators, what fonts leave out, the
// empty pattern of Braille, blanks that are no plain blank, and a blank at either end.
const odd = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{Zs}|^ | $/gu;

/** A text as others chose it: a label, a key, a value. */
export function shown(text) {
  const bdi = document.createElement('bdi');
  bdi.className = 'text';
  let from = 0;
  for (const match of text.matchAll(odd)) {
    bdi.append(text.slice(from, match.index));
    bdi.append(element('span', { className: 'odd' }, nameOf(match[0])));
    from = match.index + match[0].length;
  }
  bdi.append(text.slice(from));
  return bdi;
}

/** The same as one string, for the title of the page and for comparing. */
export const plain = text => text.replace(odd, nameOf);

/** An element with properties and children. A child that is a string becomes text. */
export function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** A duration for people; two units are enough. */
export function duration(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole < 86400) return `${Math.floor(whole / 3600)} h ${Math.floor(whole % 3600 / 60)} min`;
  return `${Math.floor(whole / 86400)} d ${Math.floor(whole % 86400 / 3600)} h`;
}

/** A count for people. */
export const count = number => number.toLocaleString('en');

export const plural = (number, one, many) => `${count(number)} ${number === 1 ? one : many}`;

function nameOf(character) {
  return `⟨U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}⟩`;
}
