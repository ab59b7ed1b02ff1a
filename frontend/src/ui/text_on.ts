/**
 * Returns what tells for a colour whether black or white text is easier to read on it, by their
 * contrast as the Web Content Accessibility Guidelines define it.
 */
export function textOn(): (colour: string) => string {
  const known = new Map<string, string>();
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  return (colour) => {
    let text = known.get(colour);
    if (text === undefined) {
      text = pen && luminance(pen, colour) > 0.179 ? "#000" : "#fff";
      known.set(colour, text);
    }
    return text;
  };
}

/** Of a colour by whatever name, from 0 to 1; at 0.179 black and white have the same contrast. */
function luminance(pen: CanvasRenderingContext2D, colour: string): number {
  pen.fillStyle = colour;
  pen.fillRect(0, 0, 1, 1);
  const [red, green, blue] = Array.from(pen.getImageData(0, 0, 1, 1).data, (value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
