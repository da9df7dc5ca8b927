// The numbers of the NBD protocol, under the names of the specification, in its order.
//
// Follows: NetworkBlockDevice doc/proto.md (2026-05), sections Handshake, Values, Reserved Magic values.
// A set stands here whole even where we refuse a member: a name in a log is worth more than a number.
//
// Not modelled: the magics of Linux before 2.1.117, which the specification forbids to use.

/** TCP port assigned by IANA. */
export const NBD_PORT = 10_809;

/** ASCII "NBDMAGIC". */
export const NBD_INIT_MAGIC = 0x4e42_444d_4147_4943n;
/** ASCII "IHAVEOPT": second half of a newstyle greeting, and the start of each option. */
export const NBD_OPTS_MAGIC = 0x4948_4156_454f_5054n;
/** Second half of an oldstyle greeting, which servers since 3.10 do not send. */
export const NBD_CLISERV_MAGIC = 0x0000_4202_8186_1253n;
export const NBD_REP_MAGIC = 0x0003_e889_0455_65a9n;

export const NBD_REQUEST_MAGIC = 0x2560_9513;
export const NBD_SIMPLE_REPLY_MAGIC = 0x6744_6698;
export const NBD_STRUCTURED_REPLY_MAGIC = 0x668e_33ef;
export const NBD_EXTENDED_REQUEST_MAGIC = 0x21e4_1c71;
export const NBD_EXTENDED_REPLY_MAGIC = 0x6e8a_278c;

// Handshake flags: 16 bits from the server, 32 bits from the client, the same meaning bit by bit.
export const NBD_FLAG_FIXED_NEWSTYLE = 1 << 0;
export const NBD_FLAG_NO_ZEROES = 1 << 1;

// Transmission flags: what an export offers.
export const NBD_FLAG_HAS_FLAGS = 1 << 0;
export const NBD_FLAG_READ_ONLY = 1 << 1;
export const NBD_FLAG_SEND_FLUSH = 1 << 2;
export const NBD_FLAG_SEND_FUA = 1 << 3;
export const NBD_FLAG_ROTATIONAL = 1 << 4;
export const NBD_FLAG_SEND_TRIM = 1 << 5;
export const NBD_FLAG_SEND_WRITE_ZEROES = 1 << 6;
export const NBD_FLAG_SEND_DF = 1 << 7;
export const NBD_FLAG_CAN_MULTI_CONN = 1 << 8;
export const NBD_FLAG_SEND_RESIZE = 1 << 9;
export const NBD_FLAG_SEND_CACHE = 1 << 10;
export const NBD_FLAG_SEND_FAST_ZERO = 1 << 11;
export const NBD_FLAG_BLOCK_STATUS_PAYLOAD = 1 << 12;

// Options.
export const NBD_OPT_EXPORT_NAME = 1;
export const NBD_OPT_ABORT = 2;
export const NBD_OPT_LIST = 3;
export const NBD_OPT_PEEK_EXPORT = 4;
export const NBD_OPT_STARTTLS = 5;
export const NBD_OPT_INFO = 6;
export const NBD_OPT_GO = 7;
export const NBD_OPT_STRUCTURED_REPLY = 8;
export const NBD_OPT_LIST_META_CONTEXT = 9;
export const NBD_OPT_SET_META_CONTEXT = 10;
export const NBD_OPT_EXTENDED_HEADERS = 11;

// Option reply types; those with bit 31 are errors.
export const NBD_REP_ACK = 1;
export const NBD_REP_SERVER = 2;
export const NBD_REP_INFO = 3;
export const NBD_REP_META_CONTEXT = 4;
export const NBD_REP_ERR_UNSUP = 0x8000_0001;
export const NBD_REP_ERR_POLICY = 0x8000_0002;
export const NBD_REP_ERR_INVALID = 0x8000_0003;
export const NBD_REP_ERR_PLATFORM = 0x8000_0004;
export const NBD_REP_ERR_TLS_REQD = 0x8000_0005;
export const NBD_REP_ERR_UNKNOWN = 0x8000_0006;
export const NBD_REP_ERR_SHUTDOWN = 0x8000_0007;
export const NBD_REP_ERR_BLOCK_SIZE_REQD = 0x8000_0008;
export const NBD_REP_ERR_TOO_BIG = 0x8000_0009;
export const NBD_REP_ERR_EXT_HEADER_REQD = 0x8000_000a;

/** Every option reply type from here on is an error. */
export const NBD_REP_ERR_FIRST = 0x8000_0000;

// Information types of INFO and GO.
export const NBD_INFO_EXPORT = 0;
export const NBD_INFO_NAME = 1;
export const NBD_INFO_DESCRIPTION = 2;
export const NBD_INFO_BLOCK_SIZE = 3;

// Request types.
export const NBD_CMD_READ = 0;
export const NBD_CMD_WRITE = 1;
export const NBD_CMD_DISC = 2;
export const NBD_CMD_FLUSH = 3;
export const NBD_CMD_TRIM = 4;
export const NBD_CMD_CACHE = 5;
export const NBD_CMD_WRITE_ZEROES = 6;
export const NBD_CMD_BLOCK_STATUS = 7;
export const NBD_CMD_RESIZE = 8;

// Command flags.
export const NBD_CMD_FLAG_FUA = 1 << 0;
export const NBD_CMD_FLAG_NO_HOLE = 1 << 1;
export const NBD_CMD_FLAG_DF = 1 << 2;
export const NBD_CMD_FLAG_REQ_ONE = 1 << 3;
export const NBD_CMD_FLAG_FAST_ZERO = 1 << 4;
export const NBD_CMD_FLAG_PAYLOAD_LEN = 1 << 5;

/** Set in the last chunk of a structured reply. */
export const NBD_REPLY_FLAG_DONE = 1 << 0;

// Structured reply types; those with bit 15 are errors.
export const NBD_REPLY_TYPE_NONE = 0;
export const NBD_REPLY_TYPE_OFFSET_DATA = 1;
export const NBD_REPLY_TYPE_OFFSET_HOLE = 2;
export const NBD_REPLY_TYPE_BLOCK_STATUS = 5;
export const NBD_REPLY_TYPE_BLOCK_STATUS_EXT = 6;
export const NBD_REPLY_TYPE_ERROR = 0x8001;
export const NBD_REPLY_TYPE_ERROR_OFFSET = 0x8002;

// What base:allocation says of a range.
export const NBD_STATE_HOLE = 1 << 0;
export const NBD_STATE_ZERO = 1 << 1;

// The only error values the wire knows; a server maps its own to them.
export const NBD_SUCCESS = 0;
export const NBD_EPERM = 1;
export const NBD_EIO = 5;
export const NBD_ENOMEM = 12;
export const NBD_EINVAL = 22;
export const NBD_ENOSPC = 28;
export const NBD_EOVERFLOW = 75;
export const NBD_ENOTSUP = 95;
export const NBD_ESHUTDOWN = 108;

// Sizes, in bytes. Strings: section Conventions. Payloads: section Size constraints.
export const NBD_STRING_BYTES_MAX = 4096;
export const NBD_MIN_BLOCK_BYTES_DEFAULT = 1;
export const NBD_MIN_BLOCK_BYTES_MAX = 65_536;
export const NBD_PREFERRED_BLOCK_BYTES_DEFAULT = 4096;
export const NBD_PREFERRED_BLOCK_BYTES_MIN = 512;
export const NBD_MAX_PAYLOAD_BYTES_DEFAULT = 33_554_432;
