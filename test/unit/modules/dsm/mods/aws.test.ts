/** mod_aws against a small S3 and SQS of our own (reference/dsm 5.13). */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { aws } from '../../../../../di-modules/dsm/mods/aws/index.ts';
import { modServer, modSession } from './mod-session.ts';

const requests: string[] = [];
const stored = new Map<string, string>();
const messages: string[] = [];
const stop = new AbortController();
let endpoint = '';

const service = createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8');
  request.on('data', (text) => {
    body += text;
  });
  request.on('end', () => {
    const target = String(request.headers['x-amz-target'] ?? '').replace('AmazonSQS.', '');
    requests.push(target === '' ? `${request.method} ${request.url?.split('?')[0]}` : target);
    if (target === '') {
      const refused = request.url?.includes('refused') === true;
      stored.set(request.url?.split('?')[0] ?? '', body);
      response.writeHead(refused ? 403 : 200, { 'content-type': 'application/xml' });
      response.end(refused ? '<Error><Code>AccessDenied</Code><Message>no</Message></Error>' : '');
      return;
    }
    const order = JSON.parse(body);
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify(sqsAnswer(target, order)));
  });
});

function sqsAnswer(target: string, order: { readonly [key: string]: string }): object {
  const md5 = (text: string) => createHash('md5').update(text).digest('hex');
  switch (target) {
    case 'CreateQueue':
    case 'GetQueueUrl':
      return { QueueUrl: `${endpoint}/1/${order['QueueName']}` };
    case 'SendMessage':
      messages.push(order['MessageBody'] ?? '');
      return { MessageId: '1', MD5OfMessageBody: md5(order['MessageBody'] ?? '') };
    case 'ReceiveMessage': {
      const [text] = messages;
      if (text === undefined) return {};
      return { Messages: [{ MessageId: '1', ReceiptHandle: 'r1', Body: text, MD5OfBody: md5(text) }] };
    }
    case 'DeleteMessage':
      messages.shift();
      return {};
    default:
      return {};
  }
}

before(async () => {
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
});
after(() => {
  stop.abort();
  service.closeAllConnections();
  service.close();
});

function session(variables: { readonly [name: string]: string } = {}) {
  const server = modServer({ stopped: stop.signal });
  const keys = { 'config.aws_access_key': 'a', 'config.aws_secret_access_key': 's', 'config.aws_endpoint': endpoint };
  return { server, ...modSession([aws], server, { variables: { ...keys, ...variables } }) };
}

test('files go to a bucket, under keys of their own or by their names {dsm-modules}', async () => {
  const { server, run, get } = session({ 'aws.s3.bucket': 'b' });
  await server.files.write('one.wav', Buffer.from('1'));
  await server.files.write('two.wav', Buffer.from('2'));
  assert.equal(await run('aws.s3.createBucket(b); aws.s3.put(one.wav, first.wav);'), '');
  assert.deepEqual([get('errno'), get('aws.s3.bucket'), stored.get('/b/first.wav')], ['', 'b', '1']);
  assert.equal(await run('set($f_size=2); set($f_0=one.wav); set($f_1=two.wav); aws.s3.putArray(f);'), '');
  assert.equal(stored.get('/b/two.wav'), '2');
  assert.equal(await run('set($k_0=x); set($k_1=y); aws.s3.putArray(f, k);'), '');
  assert.equal(stored.get('/b/y'), '2');
});

for (const [what, list, thrown, errno] of [
  ['a file that is not there', 'set($aws.s3.bucket=b); aws.s3.put(nope.wav);', 'aws', 'aws_put'],
  ['a bucket that refuses', 'set($aws.s3.bucket=refused); aws.s3.put(one.wav);', 'aws', 'aws_put'],
  ['no bucket', 'aws.s3.put(one.wav);', 'aws', 'arg'],
  ['an array without size', 'aws.s3.putArray(f);', 'aws', 'arg'],
  ['no queue', 'aws.sqs.sendMessage(hello);', '', 'arg'],
  ['a timeout that is none', 'aws.sqs.createQueue(long, q);', '', 'arg'],
  ['no credentials', 'clear($config.aws_access_key); aws.sqs.sendMessage(hello, q);', '', 'aws_conn'],
  [
    'nobody at the endpoint',
    'set($config.aws_endpoint="http://127.0.0.1:1"); aws.sqs.sendMessage(hello, q);',
    '',
    'aws_send',
  ],
] as const)
  test(`mod_aws: ${what} is errno ${errno} {dsm-modules}`, async () => {
    const { server, run, get } = session();
    await server.files.write('one.wav', Buffer.from('1'));
    assert.equal(await run(list), thrown);
    assert.equal(get('errno'), errno, get('strerror'));
    assert.notEqual(get('aws.ereason'), '');
  });

test('messages go through a queue and are deleted {dsm-modules}', async () => {
  const { run, get } = session({ 'aws.sqs.queue': 'q' });
  await run('aws.sqs.createQueue(60); aws.sqs.sendMessage("hello, you");');
  assert.deepEqual(
    [get('errno'), get('aws.sqs.url'), get('aws.sqs.md5')],
    ['', `${endpoint}/1/q`, createHash('md5').update('hello, you').digest('hex')],
    get('strerror'),
  );
  await run('aws.sqs.receiveMessage();');
  assert.deepEqual([get('aws.sqs.body'), get('aws.sqs.receipt')], ['hello, you', 'r1']);
  await run('aws.sqs.deleteMessage(); aws.sqs.receiveMessage();');
  assert.deepEqual([get('errno'), get('aws.sqs.body')], ['', '']);
  await run('aws.sqs.deleteQueue();');
  assert.equal(requests.at(-1), 'DeleteQueue');
});
