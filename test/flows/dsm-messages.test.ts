import { test } from 'node:test';
import { memoryStorage } from '../../core/storage/index.ts';
import { messagesAreHeardOnce } from './dsm-messages.ts';

test('the messages of a caller are counted, played and marked, from SQLite {dsm-modules}', () =>
  messagesAreHeardOnce('sqlite:messages', memoryStorage().database('messages')));
