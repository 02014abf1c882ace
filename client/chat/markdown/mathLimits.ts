/**
 * Elements one in the other. Ten roots, one in the other, are 65 deep; a browser goes down into each for style and place, and a
 * thousand end its process: the page is gone.
 */
export const formulaDepthMax = 200;
