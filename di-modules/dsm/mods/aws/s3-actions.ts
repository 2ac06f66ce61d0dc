import { CodedError, type DsmAction, type DsmScript } from '../../../../core/index.ts';
import { action } from '../rows.ts';
import { serverOf } from '../server.ts';
import { loadS3, s3Client } from './clients.ts';
import { AwsTrouble, attempt } from './trouble.ts';

const maxFileBytes = 64 << 20;
const maxFiles = 1000;

export const s3Actions: readonly DsmAction[] = [
  action.twoMaybe(
    'file',
    'key',
  )({
    name: 'aws.s3.put',
    summary: 'Puts a file in the bucket $aws.s3.bucket; default key: the name of the file.',
    errno: ['aws_conn', 'aws_put'],
    throws: ['aws'],
    run: (script, file, key) => attempt(script, 'aws_put', () => putFile(script, file, key), true),
  }),
  action.twoMaybe(
    'files:RN',
    'keys:RN',
  )({
    name: 'aws.s3.putArray',
    summary: 'Puts files in the bucket: $files_size, $files_0, …; their keys are $keys_0, …',
    errno: ['aws_conn', 'aws_put', 'arg'],
    throws: ['aws'],
    run: (script, files, keys) => attempt(script, 'aws_put', () => putFiles(script, files, keys), true),
  }),
  action.one('bucket')({
    name: 'aws.s3.createBucket',
    summary: 'Makes a bucket (default $aws.s3.bucket), which $aws.s3.bucket names then.',
    errno: ['aws_conn', 'aws_create', 'arg'],
    throws: ['aws'],
    run: (script, bucket) =>
      attempt(
        script,
        'aws_create',
        async () => {
          const name = bucket || bucketOf(script);
          const client = await s3Client(script);
          const { CreateBucketCommand } = await loadS3();
          await client.send(new CreateBucketCommand({ Bucket: name }), { abortSignal: script.signal });
          script.variables.set('aws.s3.bucket', name);
        },
        true,
      ),
  }),
];

/** @throws AwsTrouble `arg` */
function bucketOf({ variables }: DsmScript): string {
  const bucket = variables.get('aws.s3.bucket');
  if (bucket === '') throw new AwsTrouble('arg', '$aws.s3.bucket is not set');
  return bucket;
}

async function putFile(script: DsmScript, file: string, key: string): Promise<void> {
  const bucket = bucketOf(script);
  const client = await s3Client(script);
  const { PutObjectCommand } = await loadS3();
  const order = new PutObjectCommand({ Bucket: bucket, Key: key || file, Body: await contentOf(script, file) });
  await client.send(order, { abortSignal: script.signal });
}

async function putFiles(script: DsmScript, files: string, keys: string): Promise<void> {
  const { variables } = script;
  const size = variables.get(`${files}_size`);
  if (!/^\d{1,4}$/.test(size) || Number(size) > maxFiles)
    throw new AwsTrouble('arg', `$${files.slice(0, 80)}_size is no number up to ${maxFiles}`);
  for (let i = 0; i < Number(size); i++) {
    const file = variables.get(`${files}_${i}`);
    await putFile(script, file, keys === '' ? '' : variables.get(`${keys}_${i}`));
  }
}

async function contentOf(script: DsmScript, file: string): Promise<Uint8Array> {
  try {
    return await serverOf(script).files.read(file, { limitBytes: maxFileBytes });
  } catch (fault) {
    throw fault instanceof CodedError ? new AwsTrouble('aws_put', fault.message) : fault;
  }
}
