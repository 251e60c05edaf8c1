/* Colours that others give us, as a CSS text. */

/**
 * What is legible on a colour.
 * @param {string} color
 * @returns {'#000' | '#fff' | null} null where it is no colour, none of its own or none that covers what is under it
 */
export function inkOn(color) {
  if (!CSS.supports('color', color) || /currentcolor|var\(/i.test(color)) return null;
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 1;
  const paper = canvas.getContext('2d');
  if (!paper) return '#fff';
  paper.fillStyle = color; // the canvas knows every notation
  paper.fillRect(0, 0, 1, 1);
  const [red = 0, green = 0, blue = 0, alpha = 0] = paper.getImageData(0, 0, 1, 1).data;
  if (alpha < 255) return null;
  const light = (/** @type {number} */ part) => (part / 255) ** 2.2;
  const luminance = 0.2126 * light(red) + 0.7152 * light(green) + 0.0722 * light(blue);
  return luminance > 0.179 ? '#000' : '#fff'; // from here on black has more contrast (WCAG 2)
}
