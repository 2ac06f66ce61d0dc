import type { DsmModule } from '../../../../core/index.ts';
import { s3Actions } from './s3-actions.ts';
import { sqsActions } from './sqs-actions.ts';

/** Amazon's S3 and SQS, and what speaks like them (reference/dsm 5.13). */
export const aws: DsmModule = {
  name: 'mod_aws',
  summary: 'Files to S3, messages to and from SQS; aws_access_key, aws_secret_access_key, aws_region, aws_endpoint.',
  actions: [...s3Actions, ...sqsActions],
  conditions: [],
};
