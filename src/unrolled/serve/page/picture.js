// Pictures as the page shows and sends them.

const READ = ["image/jpeg", "image/png", "image/webp"], SMALLEST = 360, LARGEST = 1280; // pixels of the longer side of what is shown, or sent in place of the file

/**
 * A picture file: `preview`, as an address that the page's policy lets an image have, null where the browser cannot
 * show it; and `sent`, a Blob of at most so many bytes where that can be had: the file itself if the server reads it.
 */
export async function prepared(file, bytes) {
  const reduced = await smaller(file).catch(() => null); // what the browser cannot read the server may, or says why not
  if (!reduced) return { preview: null, sent: file };
  const asIs = READ.includes(file.type) && file.size <= bytes;
  return { preview: reduced.toDataURL("image/jpeg", 0.85), sent: asIs ? file : await new Promise((done) => reduced.toBlob(done, "image/jpeg", 0.9)) };
}

/** The picture on a canvas, upright, over white where it is transparent. */
async function smaller(file) {
  const bitmap = await createImageBitmap(file), longest = Math.max(bitmap.width, bitmap.height);
  const scale = Math.min(Math.max(longest, SMALLEST), LARGEST) / longest;
  const canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
  canvas.width = Math.max(1, Math.round(scale * bitmap.width));
  canvas.height = Math.max(1, Math.round(scale * bitmap.height));
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.imageSmoothingQuality = "high";
  pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return canvas;
}
