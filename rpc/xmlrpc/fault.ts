import type { XmlFault } from '../errors.ts';

/** A fault with SEMS's own code that has no row in the error table. */
export class XmlFaultError extends Error {
  readonly fault: XmlFault;

  constructor(fault: XmlFault) {
    super(fault.text);
    this.fault = fault;
  }
}
