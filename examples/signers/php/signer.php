<?php
// Signs Platen statements with PHP's openssl extension (keys: ECDSA P-256).
//
//   php signer.php KEYFILE ORIGIN... < statement        prints the signature
//
// Call sign_statement after your own login and CSRF checks, as server.php shows.

declare(strict_types=1);

/** What pages of this site may ask for. Leave out what yours never do. */
const PURPOSES = [
    'session.open', 'jobs.submit', 'jobs.cancel', 'jobs.hold', 'jobs.release', 'jobs.retry', 'jobs.reprint',
];

const STRINGS = ['agent', 'challenge', 'digest', 'origin', 'purpose'];
const NUMBERS = ['expires_at', 'issued_at', 'platen', 'sequence'];

/** The text is nothing this site signs. */
final class Refused extends Exception
{
}

/** Signs $text if it is a statement for this site and this moment. */
function sign_statement(string $text, string $key_pem, array $allowed_origins, ?int $now_ms = null): string
{
    $now_ms ??= (int) (microtime(true) * 1000);
    $statement = read_statement($text);
    if (!in_array($statement['origin'], $allowed_origins, true)) {
        throw new Refused("the statement is for another site's page");
    }
    if (!in_array($statement['purpose'], PURPOSES, true)) {
        throw new Refused('the statement is for something pages here never do');
    }
    $lifetime = $statement['expires_at'] - $statement['issued_at'];
    if ($lifetime < 0 || $lifetime > 300_000) {
        throw new Refused('the statement lives longer than 300 s');
    }
    if ($now_ms > $statement['expires_at'] || $statement['issued_at'] > $now_ms + 60_000) {
        throw new Refused('the statement is not for now');
    }
    return rtrim(strtr(base64_encode(sign_octets($text, $key_pem)), '+/', '-_'), '=');
}

/** Reads a statement from its one canonical spelling. A digest, or any other JSON, is none. */
function read_statement(string $text): array
{
    $value = strlen($text) <= 2048 ? json_decode($text, true, 4) : null;
    $names = [...STRINGS, ...NUMBERS];
    sort($names);
    $is_statement = is_array($value) && array_keys($value) === $names;
    foreach (STRINGS as $name) {
        $is_statement = $is_statement && is_string($value[$name]);
    }
    foreach (NUMBERS as $name) {
        $is_statement = $is_statement && is_int($value[$name]) && $value[$name] >= 0 && $value[$name] < 2 ** 53;
    }
    $is_statement = $is_statement
        && $value['platen'] === 1
        && preg_match('/^[A-Za-z0-9_-]{43}$/D', $value['digest']) === 1
        // Canonical JSON (RFC 8785): no other order, blanks or escapes, and nothing twice.
        && json_encode($value, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_LINE_TERMINATORS) === $text;
    if (!$is_statement) {
        throw new Refused('only a statement in its canonical form is signed');
    }
    return $value;
}

/** ECDSA P-256 with SHA-256; openssl_sign writes ASN.1 DER, as wanted. */
function sign_octets(string $octets, string $key_pem): string
{
    $key = openssl_pkey_get_private($key_pem);
    $details = $key ? openssl_pkey_get_details($key) : false;
    if (($details['ec']['curve_name'] ?? '') !== 'prime256v1') {
        throw new Refused('use a P-256 key, as platen-sign makes it');
    }
    if (!openssl_sign($octets, $signature, $key, OPENSSL_ALGO_SHA256)) {
        throw new Refused('the key cannot sign');
    }
    return $signature;
}

if (PHP_SAPI === 'cli' && realpath($argv[0]) === __FILE__) {
    try {
        $key = file_get_contents($argv[1]);
        echo sign_statement(stream_get_contents(STDIN), $key, array_slice($argv, 2)), "\n";
    } catch (Refused $refused) {
        fwrite(STDERR, "refused: {$refused->getMessage()}\n");
        exit(1);
    }
}
