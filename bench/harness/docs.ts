export function writeDocs(): void {}
