/* SHA-1 is the protocol's, and nothing hangs on its strength: it shows that the server has read
 * the key (section 10.8). */
#include "common/websocket.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

#define KEY_CHARACTERS 24 /* of 16 bytes in base64 */
#define MAGIC "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

size_t
websocket_encode_header(
    uint8_t out[WEBSOCKET_HEADER_MAX], enum websocket_opcode opcode, uint64_t length)
{
	size_t bytes = length <= 125 ? 0 : length <= UINT16_MAX ? 2 : 8;

	out[0] = (uint8_t)(0x80 | opcode);
	out[1] = bytes == 0 ? (uint8_t)length : bytes == 2 ? 126 : 127;
	for (size_t i = 0; i < bytes; i++)
		out[2 + i] = (uint8_t)(length >> (8 * (bytes - 1 - i)));
	return 2 + bytes;
}

bool
websocket_is_code(unsigned code)
{
	if (code >= 3000 && code <= 4999)
		return true;
	return code >= 1000 && code <= 1014 && (code < 1004 || code > 1006);
}

static int
read_digit(char character)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = character == '\0' ? NULL : strchr(digits, character);

	return at == NULL ? -1 : (int)(at - digits);
}

/* 16 bytes are 22 digits, the last of which has four bits of nothing, and two signs of padding. */
static bool
is_key(struct span key)
{
	if (key.len != KEY_CHARACTERS || memcmp(key.at + 22, "==", 2) != 0)
		return false;
	for (size_t i = 0; i < 22; i++)
		if (read_digit(key.at[i]) < 0)
			return false;
	return read_digit(key.at[21]) % 16 == 0;
}

bool
websocket_accept(struct span key, char out[WEBSOCKET_ACCEPT_BYTES])
{
	unsigned char text[KEY_CHARACTERS + sizeof(MAGIC) - 1], digest[SHA_DIGEST_LENGTH];

	if (!is_key(key))
		return false;
	memcpy(text, key.at, KEY_CHARACTERS);
	memcpy(text + KEY_CHARACTERS, MAGIC, sizeof(MAGIC) - 1);
	SHA1(text, sizeof(text), digest);
	EVP_EncodeBlock((unsigned char *)out, digest, sizeof(digest));
	return true;
}
