import type { SQSClient } from '@aws-sdk/client-sqs';
import type { DsmAction, DsmScript } from '../../../../core/index.ts';
import { action } from '../rows.ts';
import { loadSqs, sqsClient } from './clients.ts';
import { AwsTrouble, attempt } from './trouble.ts';

const longestVisibilityS = 43_200;

export const sqsActions: readonly DsmAction[] = [
  action.twoMaybe(
    'visibility timeout',
    'queue',
  )({
    name: 'aws.sqs.createQueue',
    summary: 'Makes a queue; what is received from it is hidden from others for so many seconds. $aws.sqs.url.',
    errno: ['aws_conn', 'aws_create', 'arg'],
    run: (script, timeout, queue) =>
      attempt(script, 'aws_create', async () => {
        const seconds = timeout === '' ? '30' : timeout;
        if (!/^\d{1,5}$/.test(seconds) || Number(seconds) > longestVisibilityS)
          throw new AwsTrouble('arg', `visibility timeout: a number from 0 to ${longestVisibilityS}`);
        const name = queueName(script, queue);
        const client = await sqsClient(script);
        const { CreateQueueCommand } = await loadSqs();
        const order = new CreateQueueCommand({ QueueName: name, Attributes: { VisibilityTimeout: seconds } });
        const { QueueUrl } = await client.send(order, { abortSignal: script.signal });
        script.variables.set('aws.sqs.url', QueueUrl ?? '');
      }),
  }),
  action.one('queue')({
    name: 'aws.sqs.deleteQueue',
    summary: 'Deletes a queue.',
    errno: ['aws_conn', 'aws_delete', 'arg'],
    run: (script, queue) =>
      withQueue(script, queue, 'aws_delete', async (client, url) => {
        const { DeleteQueueCommand } = await loadSqs();
        await client.send(new DeleteQueueCommand({ QueueUrl: url }), { abortSignal: script.signal });
      }),
  }),
  action.twoMaybe(
    'text',
    'queue',
  )({
    name: 'aws.sqs.sendMessage',
    summary: 'Sends a message; $aws.sqs.url, $aws.sqs.md5.',
    errno: ['aws_conn', 'aws_send', 'arg'],
    run: (script, text, queue) =>
      withQueue(script, queue, 'aws_send', async (client, url) => {
        const { SendMessageCommand } = await loadSqs();
        const order = new SendMessageCommand({ QueueUrl: url, MessageBody: text });
        const { MD5OfMessageBody } = await client.send(order, { abortSignal: script.signal });
        script.variables.set('aws.sqs.md5', MD5OfMessageBody ?? '');
      }),
  }),
  action.one('queue')({
    name: 'aws.sqs.receiveMessage',
    summary: 'Takes a message, if there is one: $aws.sqs.body, $aws.sqs.id, and $aws.sqs.receipt to delete it with.',
    errno: ['aws_conn', 'aws_send', 'arg'],
    run: (script, queue) =>
      withQueue(script, queue, 'aws_send', async (client, url) => {
        const { ReceiveMessageCommand } = await loadSqs();
        const order = new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 1, WaitTimeSeconds: 0 });
        const [message] = (await client.send(order, { abortSignal: script.signal })).Messages ?? [];
        script.variables.set('aws.sqs.body', message?.Body ?? '');
        script.variables.set('aws.sqs.id', message?.MessageId ?? '');
        script.variables.set('aws.sqs.receipt', message?.ReceiptHandle ?? '');
      }),
  }),
  action.twoMaybe(
    'receipt',
    'queue',
  )({
    name: 'aws.sqs.deleteMessage',
    summary: 'Deletes a message that was received; default receipt: $aws.sqs.receipt.',
    errno: ['aws_conn', 'aws_delete', 'arg'],
    run: (script, receipt, queue) =>
      withQueue(script, queue, 'aws_delete', async (client, url) => {
        const handle = receipt || script.variables.get('aws.sqs.receipt');
        if (handle === '') throw new AwsTrouble('arg', 'no message was received');
        const { DeleteMessageCommand } = await loadSqs();
        const order = new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: handle });
        await client.send(order, { abortSignal: script.signal });
      }),
  }),
];

/** @throws AwsTrouble `arg` */
function queueName({ variables }: DsmScript, given: string): string {
  const name = given || variables.get('aws.sqs.queue');
  if (name === '') throw new AwsTrouble('arg', 'no queue is given and $aws.sqs.queue is not set');
  return name;
}

function withQueue(
  script: DsmScript,
  queue: string,
  errno: 'aws_delete' | 'aws_send',
  run: (client: SQSClient, url: string) => Promise<void>,
): Promise<undefined> {
  return attempt(script, errno, async () => {
    const name = queueName(script, queue);
    const client = await sqsClient(script);
    const { GetQueueUrlCommand } = await loadSqs();
    const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: name }), { abortSignal: script.signal });
    if (QueueUrl === undefined) throw new AwsTrouble(errno, 'the service names no URL of the queue');
    await run(client, QueueUrl);
    script.variables.set('aws.sqs.url', QueueUrl);
  });
}
