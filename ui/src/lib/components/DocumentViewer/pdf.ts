// PDF.js, loaded when the first PDF is opened and not before. Nothing in a PDF runs: no scripts, no forms, no links; it is
// given bytes and never an address, and the policy of the window lets it fetch nothing.
import { getDocument, PDFWorker, TextLayer, type PDFDocumentProxy, type RenderTask } from "pdfjs-dist/legacy/build/pdf.mjs";
import workerAddress from "pdfjs-dist/legacy/build/pdf.worker.min.mjs?url";
import { sharpness } from "./bytes";

/** Larger pictures inside a PDF are left out, in pixels: one of them must not fill the memory. */
const MOST_PIXELS = 48_000_000;

/** Where the decoders of scans lie (`vite.config.ts`): plain JavaScript, because the policy allows no WebAssembly. */
const DECODERS = new URL("/pdf/", location.href).href;

/** Why a PDF is not drawn. */
export class NotDrawn extends Error {
  constructor(readonly sentence: string) {
    super("the PDF is not drawn");
  }
}

/** An open PDF, until it is closed. */
export class Pdf {
  readonly pages: number;
  #worker: Worker;
  #document: PDFDocumentProxy;
  #drawing: RenderTask | null = null;
  #text: TextLayer | null = null;

  private constructor(worker: Worker, document: PDFDocumentProxy) {
    this.#worker = worker;
    this.#document = document;
    this.pages = document.numPages;
  }

  /** Opens a PDF. Rejects with {@link NotDrawn}. */
  static async open(data: Uint8Array): Promise<Pdf> {
    // A worker of our own: PDF.js would not know the app's address for one of its own origin.
    const worker = new Worker(workerAddress, { type: "module" });
    try {
      const document = await getDocument({
        data,
        worker: PDFWorker.create({ port: worker }),
        useWasm: false,
        wasmUrl: DECODERS,
        useWorkerFetch: false,
        enableXfa: false,
        maxImageSize: MOST_PIXELS,
        isOffscreenCanvasSupported: false,
        isImageDecoderSupported: false,
        verbosity: 0,
      }).promise;
      return new Pdf(worker, document);
    } catch (failure) {
      worker.terminate();
      const name = failure instanceof Error ? failure.name : "";
      throw new NotDrawn(
        name === "PasswordException"
          ? "This PDF is locked with a password of its own. Open it in the system of the organisation that wrote it."
          : "This PDF is damaged and cannot be drawn. Load the patient again; if it stays so, ask the organisation that wrote it.",
      );
    }
  }

  /** Draws a page `width` wide, in place of what was drawn before, with its words over it for selecting and screen readers. */
  async draw(page: number, width: number, canvas: HTMLCanvasElement, words: HTMLElement): Promise<void> {
    this.#drawing?.cancel();
    this.#text?.cancel();
    const sheet = await this.#document.getPage(page);
    const whole = sheet.getViewport({ scale: 1 });
    const viewport = sheet.getViewport({ scale: width / whole.width });
    const sharp = sharpness(viewport.width, viewport.height, window.devicePixelRatio);
    canvas.width = Math.floor(viewport.width * sharp);
    canvas.height = Math.floor(viewport.height * sharp);
    canvas.style.width = `${viewport.width}px`;
    canvas.style.height = `${viewport.height}px`;
    this.#drawing = sheet.render({ canvas, viewport, transform: [sharp, 0, 0, sharp, 0, 0] });
    words.replaceChildren();
    words.style.setProperty("--total-scale-factor", `${viewport.scale}`);
    this.#text = new TextLayer({ textContentSource: sheet.streamTextContent(), container: words, viewport });
    try {
      await Promise.all([this.#drawing.promise, this.#text.render()]);
    } catch (failure) {
      // Another page was asked for in the meantime.
      if (failure instanceof Error && /cancel|abort/i.test(`${failure.name} ${failure.message}`)) return;
      throw new NotDrawn("This page is damaged and cannot be drawn. The other pages may still be.");
    }
  }

  /** Forgets the document, its pages and the worker's memory. */
  close(): void {
    this.#drawing?.cancel();
    this.#text?.cancel();
    void this.#document.loadingTask.destroy().catch(() => undefined).finally(() => this.#worker.terminate());
  }
}
