/** Jest's reporter that writes the coverage of WebAssembly (jest.ts). */
import { type CoverageOptions, writeReport } from './coverage.js';

class CoverageReporter {
  constructor(
    private readonly config: { rootDir: string },
    private readonly options: CoverageOptions & { folder: string },
  ) {}

  onRunComplete(): void {
    writeReport(this.options.folder, this.config.rootDir, this.options);
  }
}

export default CoverageReporter;
