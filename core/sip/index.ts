/** The SIP stack: messages, transports, transactions, dialogs. */
export * from './config.ts';
export * from './types.ts';
