import { CodedError, packageFile, playoutKeys, type Static, sessionTimerKeys, Type } from '../../core/index.ts';

const Prompt = (what: string) => Type.String({ default: '', description: `${what} Empty: the file that comes along.` });
const Switch = (on: boolean, description: string) => Type.Boolean({ default: on, description });
const Count = (value: number, description: string) => Type.Integer({ minimum: 0, default: value, description });
const Line = (description: string) => Type.String({ default: '', description });

/** `modules.webconference`: SEMS's keys (`webconference.conf`, di-interfaces 7.9), and a few bounds. */
export const WebconferenceConfigSchema = Type.Object(
  {
    first_participant: Prompt('File: you are the first.'),
    join_sound: Prompt('File: somebody joined.'),
    drop_sound: Prompt('File: somebody left.'),
    enter_pin: Prompt('File: enter the room number.'),
    wrong_pin: Prompt('File: no such room, try again.'),
    wrong_pin_bye: Prompt('File: no such room, goodbye.'),
    entering_conference: Prompt('File: you are entering the room.'),
    digits_dir: Prompt('Folder of 0.wav … 9.wav.'),
    ...playoutKeys,
    tell_pin: Switch(true, 'Read the typed room number back.'),
    star_finishes_pin: Switch(true, 'The key * ends the room number as # does; false: * is ignored.'),
    pin_attempts: Count(20, 'Wrong room numbers in one call after which it is ended. 0: no limit, as in SEMS.'),
    direct_room_re: Line(
      'Callers whose user part matches this POSIX extended expression skip the room number. Empty: none.',
    ),
    direct_room_strip: Count(0, 'Leading characters of that user part that are not part of the room.'),
    room_prefix: Type.String({
      maxLength: 32,
      pattern: '^[A-Za-z0-9._~-]*$',
      default: 'room-',
      description: 'Callers whose user part begins with it are in the room that the rest names. Empty: none.',
    }),
    room_pin_split: Count(0, 'The first n digits are the room, the rest the participant id. 0: off.'),
    participant_id_param: Line('P-App-Param parameter that carries the participant id. Empty: not used.'),
    participant_id_header: Type.String({
      default: 'X-ParticipantID',
      description: 'Header that carries the participant id. Empty: not used.',
    }),
    feedback_file: Line(
      'File of the vq…Feedback functions, in storage.path/webconference unless absolute. Empty: none.',
    ),
    stats_dir: Line('Folder of the file `stats` that keeps the call statistics. Empty: not kept.'),
    webconference_urlbase: Line('Answers carry u=<this>&newRoomNumber=…&roomAdminPassword=… in their SDP. Empty: not.'),
    page_link: Type.Union([Type.Literal('off'), Type.Literal('link'), Type.Literal('link-with-pin')], {
      default: 'link',
      description:
        'Answers to callers of a named room carry u=<page_url>/c/<room> in their SDP; link-with-pin: and #<admin PIN>, which tells it to all callers.',
    }),
    page_url: Type.String({
      default: '',
      pattern: '^(https?://[^\\s\\u0000-\\u001f\\u007f]{1,500})?$',
      description:
        'Where the page is, https://host. Empty: at the HTTP listener of this server that the phone reaches.',
    }),
    chat_messages: Switch(
      true,
      'Chat goes to phones that take MESSAGE, and a MESSAGE from a phone in a room is chat, whatever calls.messages says.',
    ),
    record_limit_s: Type.Integer({
      minimum: 1,
      maximum: 86_400,
      default: 14_400,
      description: 'Longest recording by startRecording, seconds.',
    }),
    master_password: Type.String({
      default: '',
      description: 'For getRoomPassword and listRooms; empty: both are refused. Secret.',
      'x-secret': true,
    }),
    secret_failures: Type.Integer({
      minimum: 1,
      default: 10,
      description: 'Wrong PINs of one room (or master passwords) in a row after which a source is locked out.',
    }),
    secret_lock_s: Type.Integer({ minimum: 1, default: 60, description: 'Seconds of the lock-out.' }),
    ignore_pin: Switch(false, 'Any admin PIN is right.'),
    private_rooms: Switch(false, 'Only roomCreate and predefined_rooms open rooms.'),
    predefined_rooms: Type.String({
      default: '',
      description: 'Rooms that are there from the start: room:pin;room:pin. Secret.',
      'x-secret': true,
    }),
    max_rooms: Count(10_000, 'Rooms at the same time; further ones are refused. 0: no limit, as in SEMS.'),
    participants_expire: Switch(true, 'Finished participants leave the list.'),
    participants_expire_delay: Count(10, 'Seconds that finished participants stay in the list.'),
    rooms_expire: Switch(true, 'Rooms without participants are erased.'),
    rooms_expire_delay: Count(7200, 'Seconds after which they are.'),
    room_sweep_interval: Type.Integer({
      default: 10,
      description: 'All rooms are looked through at every n-th roomCreate or dialout. 0 or less: never.',
    }),
    support_rooms_timeout: Switch(false, 'The timeout of roomCreate is kept: participants are kicked then.'),
    loop_first_participant_prompt: Switch(false, 'first_participant is repeated until somebody joins.'),
    lonely_user_timer: Count(0, 'Seconds alone after which a participant is kicked. 0: off.'),
    ...sessionTimerKeys,
  },
  { additionalProperties: false, default: {}, description: 'Rooms that are entered by PIN and controlled over RPC.' },
);
export type WebconferenceConfig = Static<typeof WebconferenceConfigSchema>;

/** `room:pin;room:pin`. @throws CodedError `config.invalid` for a malformed entry. */
export function parsePredefinedRooms(text: string): { readonly room: string; readonly adminPin: string }[] {
  const entries = text.split(';').filter((entry) => entry !== '');
  return entries.map((entry, i) => {
    const [room = '', adminPin = '', ...more] = entry.split(':');
    if (room === '' || adminPin === '' || more.length > 0)
      throw new CodedError(
        'config.invalid',
        `modules.webconference.predefined_rooms: entry ${i + 1}: expected room:pin`,
      );
    return { room, adminPin };
  });
}

/** A file that comes with the module. */
export const ownPrompt = (file: string): string => packageFile(`di-modules/webconference/prompts/${file}`);
