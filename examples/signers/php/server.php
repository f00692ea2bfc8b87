<?php
// The signing endpoint of a site, with what must stand around a signer.
//
//   PLATEN_KEY=site.key PLATEN_CHAIN=site.pem PLATEN_ORIGIN=https://pos.example php -S 127.0.0.1:8190 server.php
//
// GET /session   sets the session cookie, answers {"csrf"}
// POST /sign     {"statement"} with the header x-platen-csrf, answers {"signature", "certificates"}
//
// No CORS headers: only pages of our own origin can read an answer.

declare(strict_types=1);

require __DIR__ . '/signer.php';

$origin = (string) getenv('PLATEN_ORIGIN');

// PHP's own sessions: start them where your own login ends.
session_start([
    'name' => 'session',
    'cookie_httponly' => true,
    'cookie_samesite' => 'Strict',
    'cookie_secure' => str_starts_with($origin, 'https:'),
    'use_strict_mode' => true,
]);

function answer(int $status, array $value): never
{
    http_response_code($status);
    header('content-type: application/json');
    header('cache-control: no-store');
    exit(json_encode($value, JSON_UNESCAPED_SLASHES));
}

function is_ours(string $origin): bool
{
    $csrf = $_SESSION['csrf'] ?? null;
    return ($_SERVER['HTTP_ORIGIN'] ?? '') === $origin
        && ($_SERVER['CONTENT_TYPE'] ?? '') === 'application/json'
        && is_string($csrf)
        && hash_equals($csrf, $_SERVER['HTTP_X_PLATEN_CSRF'] ?? '');
}

switch ($_SERVER['REQUEST_METHOD'] . ' ' . $_SERVER['REQUEST_URI']) {
    case 'GET /session':
        $_SESSION['csrf'] ??= bin2hex(random_bytes(32));
        answer(200, ['csrf' => $_SESSION['csrf']]);

    case 'POST /sign':
        if (!is_ours($origin)) {
            answer(403, ['error' => 'not one of our pages']);
        }
        $body = json_decode((string) file_get_contents('php://input', length: 8192), true, 4);
        if (!is_string($body['statement'] ?? null)) {
            answer(422, ['error' => 'post {"statement": "..."}']);
        }
        preg_match_all('/-----BEGIN CERTIFICATE-----([^-]+)/', (string) file_get_contents((string) getenv('PLATEN_CHAIN')), $blocks);
        $certificates = array_map(fn (string $block) => preg_replace('/\s/', '', $block), $blocks[1]);
        try {
            $key = (string) file_get_contents((string) getenv('PLATEN_KEY'));
            $signature = sign_statement($body['statement'], $key, [$origin]);
        } catch (Refused $refused) {
            answer(422, ['error' => $refused->getMessage()]);
        }
        answer(200, ['signature' => $signature, 'certificates' => $certificates]);

    default:
        answer(404, ['error' => 'there are GET /session and POST /sign']);
}
