import type { S3Client } from '@aws-sdk/client-s3';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { CodedError, type DsmScript } from '../../../../core/index.ts';
import { optionalPackage } from '../optional-package.ts';
import { perServer, serverOf } from '../server.ts';
import { AwsTrouble } from './trouble.ts';

const version = '3.1169.0';
const connectMs = 5000;
const requestMs = 30_000;

/** One account at one place, as the configuration of a script names it. */
interface AwsPlace {
  readonly accessKey: string;
  readonly secretKey: string;
  readonly region: string;
  /** '' : Amazon's own. */
  readonly endpoint: string;
}

const s3Clients = perServer(() => new Map<string, Promise<S3Client>>());
const sqsClients = perServer(() => new Map<string, Promise<SQSClient>>());

export const loadS3 = () => loaded(`@aws-sdk/client-s3@${version}`, () => import('@aws-sdk/client-s3'));
export const loadSqs = () => loaded(`@aws-sdk/client-sqs@${version}`, () => import('@aws-sdk/client-sqs'));

/** The client of the script's configuration, kept for the next. @throws AwsTrouble `aws_conn` */
export function s3Client(script: DsmScript): Promise<S3Client> {
  return client(script, s3Clients, async (settings) => {
    const { S3Client: Client } = await loadS3();
    return new Client({ ...settings, requestChecksumCalculation: 'WHEN_REQUIRED' });
  });
}

/** As `s3Client`. @throws AwsTrouble `aws_conn` */
export function sqsClient(script: DsmScript): Promise<SQSClient> {
  return client(script, sqsClients, async (settings) => {
    const { SQSClient: Client } = await loadSqs();
    return new Client(settings);
  });
}

async function loaded<T>(install: string, load: () => Promise<T>): Promise<T> {
  try {
    return await optionalPackage(install, load);
  } catch (fault) {
    throw fault instanceof CodedError ? new AwsTrouble('aws_conn', fault.message) : fault;
  }
}

function client<T extends { destroy(): void }>(
  script: DsmScript,
  clients: (context: object) => Map<string, Promise<T>>,
  make: (settings: ReturnType<typeof settingsOf>) => Promise<T>,
): Promise<T> {
  const context = serverOf(script);
  const made = clients(context);
  const place = placeOf(script);
  const key = JSON.stringify(place);
  const known = made.get(key);
  if (known !== undefined) return known;
  const fresh = make(settingsOf(place));
  made.set(key, fresh);
  fresh.catch(() => made.delete(key));
  context.stopped.addEventListener(
    'abort',
    () =>
      void fresh.then(
        (each) => each.destroy(),
        () => {},
      ),
    { once: true },
  );
  return fresh;
}

/** @throws AwsTrouble `aws_conn` */
function placeOf({ variables }: DsmScript): AwsPlace {
  const setting = (name: string): string => variables.get(`config.${name}`);
  const [accessKey, secretKey] = [setting('aws_access_key'), setting('aws_secret_access_key')];
  if (accessKey === '' || secretKey === '')
    throw new AwsTrouble('aws_conn', 'aws_access_key or aws_secret_access_key is not configured');
  return { accessKey, secretKey, region: setting('aws_region') || 'us-east-1', endpoint: setting('aws_endpoint') };
}

function settingsOf({ accessKey, secretKey, region, endpoint }: AwsPlace) {
  return {
    region,
    credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
    maxAttempts: 2,
    requestHandler: { connectionTimeout: connectMs, requestTimeout: requestMs },
    ...(endpoint === '' ? {} : { endpoint, forcePathStyle: true }),
  };
}
