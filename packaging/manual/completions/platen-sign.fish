# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_platen_sign_global_optspecs
    string join \n h/help V/version
end

function __fish_platen_sign_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_platen_sign_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_platen_sign_using_subcommand
    set -l cmd (__fish_platen_sign_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c platen-sign -n "__fish_platen_sign_needs_command" -s h -l help -d 'Print help'
complete -c platen-sign -n "__fish_platen_sign_needs_command" -s V -l version -d 'Print version'
complete -c platen-sign -n "__fish_platen_sign_needs_command" -f -a "ca" -d 'Your certificate authority: the root your machines trust'
complete -c platen-sign -n "__fish_platen_sign_needs_command" -f -a "site" -d 'Certificates of your sites'
complete -c platen-sign -n "__fish_platen_sign_needs_command" -f -a "sign" -d 'Sign a statement, and nothing else'
complete -c platen-sign -n "__fish_platen_sign_needs_command" -f -a "verify" -d 'Tell whether an agent would accept a signature, or a chain'
complete -c platen-sign -n "__fish_platen_sign_needs_command" -f -a "explain" -d 'Show every check an agent makes, and what to do where one fails'
complete -c platen-sign -n "__fish_platen_sign_needs_command" -f -a "revoke" -d 'Take back certificates: make the signed list longer'
complete -c platen-sign -n "__fish_platen_sign_needs_command" -f -a "provision" -d 'Provisioning files, for machines where they cannot lie protected'
complete -c platen-sign -n "__fish_platen_sign_needs_command" -f -a "update" -d 'Versions of Platen for machines of your own'
complete -c platen-sign -n "__fish_platen_sign_needs_command" -f -a "serve" -d 'A signing endpoint for development, on this machine only'
complete -c platen-sign -n "__fish_platen_sign_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand ca; and not __fish_seen_subcommand_from new help" -s h -l help -d 'Print help'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand ca; and not __fish_seen_subcommand_from new help" -f -a "new" -d 'Make a root: DIR/ca.pem for your machines, DIR/ca.key for you alone'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand ca; and not __fish_seen_subcommand_from new help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand ca; and __fish_seen_subcommand_from new" -l out -d 'Folder for ca.pem and ca.key' -r -F
complete -c platen-sign -n "__fish_platen_sign_using_subcommand ca; and __fish_seen_subcommand_from new" -l name -d 'Name of the root, shown to people' -r
complete -c platen-sign -n "__fish_platen_sign_using_subcommand ca; and __fish_seen_subcommand_from new" -l days -d 'How many days the root is valid' -r
complete -c platen-sign -n "__fish_platen_sign_using_subcommand ca; and __fish_seen_subcommand_from new" -l force -d 'Replace files that exist'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand ca; and __fish_seen_subcommand_from new" -l json -d 'Print the result as JSON'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand ca; and __fish_seen_subcommand_from new" -s h -l help -d 'Print help'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand ca; and __fish_seen_subcommand_from help" -f -a "new" -d 'Make a root: DIR/ca.pem for your machines, DIR/ca.key for you alone'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand ca; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand site; and not __fish_seen_subcommand_from new help" -s h -l help -d 'Print help'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand site; and not __fish_seen_subcommand_from new help" -f -a "new" -d 'Make a site\'s certificate and key: DIR/site.pem and DIR/site.key for its server'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand site; and not __fish_seen_subcommand_from new help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand site; and __fish_seen_subcommand_from new" -l ca -d 'Folder of the root, made by `platen-sign ca new`' -r -F
complete -c platen-sign -n "__fish_platen_sign_using_subcommand site; and __fish_seen_subcommand_from new" -l out -d 'Folder for site.pem and site.key' -r -F
complete -c platen-sign -n "__fish_platen_sign_using_subcommand site; and __fish_seen_subcommand_from new" -l origin -d 'Origin of the site\'s pages: `pos.example`, `*.shop.example`, `http://localhost:3000`; may be repeated' -r
complete -c platen-sign -n "__fish_platen_sign_using_subcommand site; and __fish_seen_subcommand_from new" -l days -d 'How many days the certificate is valid, never longer than its root' -r
complete -c platen-sign -n "__fish_platen_sign_using_subcommand site; and __fish_seen_subcommand_from new" -l algorithm -d 'Kind of the key [default: p256]' -r -f -a "p256\t'ECDSA P-256 with SHA-256'
ed25519\t'Ed25519'
rsa\t'RSA-PSS with SHA-256; needs --key'"
complete -c platen-sign -n "__fish_platen_sign_using_subcommand site; and __fish_seen_subcommand_from new" -l key -d 'Use this key (PEM, PKCS #8) instead of making one' -r -F
complete -c platen-sign -n "__fish_platen_sign_using_subcommand site; and __fish_seen_subcommand_from new" -l force -d 'Replace files that exist'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand site; and __fish_seen_subcommand_from new" -l json -d 'Print the result as JSON'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand site; and __fish_seen_subcommand_from new" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand site; and __fish_seen_subcommand_from help" -f -a "new" -d 'Make a site\'s certificate and key: DIR/site.pem and DIR/site.key for its server'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand site; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand sign" -l key -d 'The site\'s key (site.key)' -r -F
complete -c platen-sign -n "__fish_platen_sign_using_subcommand sign" -l cert -d 'The site\'s chain (site.pem)' -r -F
complete -c platen-sign -n "__fish_platen_sign_using_subcommand sign" -l purpose -d 'Sign for this method; may be repeated [default: session.open and the jobs.* that change something]' -r
complete -c platen-sign -n "__fish_platen_sign_using_subcommand sign" -l statement -d 'File with the statement\'s text [default: standard input]' -r -F
complete -c platen-sign -n "__fish_platen_sign_using_subcommand sign" -l with-certificates -d 'Print the certificates too, as session.open takes them'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand sign" -l json -d 'Print the certificates too, and errors as JSON'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand sign" -s h -l help -d 'Print help'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand verify" -l root -d 'A root the machine trusts (ca.pem); may be repeated' -r -F
complete -c platen-sign -n "__fish_platen_sign_using_subcommand verify" -l pin -d 'Fingerprint of a site certificate the machine trusts by itself; may be repeated' -r
complete -c platen-sign -n "__fish_platen_sign_using_subcommand verify" -l cert -d 'The site\'s chain (site.pem) [default: the certificates beside the signature]' -r -F
complete -c platen-sign -n "__fish_platen_sign_using_subcommand verify" -l signed -d 'File with what `platen-sign sign` printed, or a whole signed request [default: standard input, unless that is a terminal or empty]' -r -F
complete -c platen-sign -n "__fish_platen_sign_using_subcommand verify" -l origin -d 'Origin of the page' -r
complete -c platen-sign -n "__fish_platen_sign_using_subcommand verify" -l revocations -d 'Revocation list, made by `platen-sign revoke`' -r -F
complete -c platen-sign -n "__fish_platen_sign_using_subcommand verify" -l at -d 'Judge at this time: RFC 3339, or milliseconds since 1970 [default: now]' -r
complete -c platen-sign -n "__fish_platen_sign_using_subcommand verify" -l json -d 'Print the checks as JSON'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand verify" -s h -l help -d 'Print help'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand explain" -l root -d 'A root the machine trusts (ca.pem); may be repeated' -r -F
complete -c platen-sign -n "__fish_platen_sign_using_subcommand explain" -l pin -d 'Fingerprint of a site certificate the machine trusts by itself; may be repeated' -r
complete -c platen-sign -n "__fish_platen_sign_using_subcommand explain" -l cert -d 'The site\'s chain (site.pem) [default: the certificates beside the signature]' -r -F
complete -c platen-sign -n "__fish_platen_sign_using_subcommand explain" -l signed -d 'File with what `platen-sign sign` printed, or a whole signed request [default: standard input, unless that is a terminal or empty]' -r -F
complete -c platen-sign -n "__fish_platen_sign_using_subcommand explain" -l origin -d 'Origin of the page' -r
complete -c platen-sign -n "__fish_platen_sign_using_subcommand explain" -l revocations -d 'Revocation list, made by `platen-sign revoke`' -r -F
complete -c platen-sign -n "__fish_platen_sign_using_subcommand explain" -l at -d 'Judge at this time: RFC 3339, or milliseconds since 1970 [default: now]' -r
complete -c platen-sign -n "__fish_platen_sign_using_subcommand explain" -l json -d 'Print the checks as JSON'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand explain" -s h -l help -d 'Print help'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand revoke" -l ca -d 'Folder of the root, made by `platen-sign ca new`' -r -F
complete -c platen-sign -n "__fish_platen_sign_using_subcommand revoke" -l list -d 'The list\'s file; made if there is none' -r -F
complete -c platen-sign -n "__fish_platen_sign_using_subcommand revoke" -l cert -d 'A certificate to revoke (site.pem: its first); may be repeated' -r -F
complete -c platen-sign -n "__fish_platen_sign_using_subcommand revoke" -l fingerprint -d 'Fingerprint of a certificate to revoke; may be repeated' -r
complete -c platen-sign -n "__fish_platen_sign_using_subcommand revoke" -l json -d 'Print the result as JSON'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand revoke" -s h -l help -d 'Print help'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand provision; and not __fish_seen_subcommand_from new sign help" -s h -l help -d 'Print help'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand provision; and not __fish_seen_subcommand_from new sign help" -f -a "new" -d 'Make a key: DIR/provision.key for you alone; its public half goes into each machine\'s platen.toml'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand provision; and not __fish_seen_subcommand_from new sign help" -f -a "sign" -d 'Sign a provisioning file: FILE.sig goes beside it'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand provision; and not __fish_seen_subcommand_from new sign help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand provision; and __fish_seen_subcommand_from new" -l out -d 'Folder for provision.key' -r -F
complete -c platen-sign -n "__fish_platen_sign_using_subcommand provision; and __fish_seen_subcommand_from new" -l force -d 'Replace a file that exists'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand provision; and __fish_seen_subcommand_from new" -l json -d 'Print the result as JSON'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand provision; and __fish_seen_subcommand_from new" -s h -l help -d 'Print help'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand provision; and __fish_seen_subcommand_from sign" -l key -d 'The key: Ed25519 or ECDSA P-256 (PEM, PKCS #8)' -r -F
complete -c platen-sign -n "__fish_platen_sign_using_subcommand provision; and __fish_seen_subcommand_from sign" -l json -d 'Print the result as JSON'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand provision; and __fish_seen_subcommand_from sign" -s h -l help -d 'Print help'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand provision; and __fish_seen_subcommand_from help" -f -a "new" -d 'Make a key: DIR/provision.key for you alone; its public half goes into each machine\'s platen.toml'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand provision; and __fish_seen_subcommand_from help" -f -a "sign" -d 'Sign a provisioning file: FILE.sig goes beside it'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand provision; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand update; and not __fish_seen_subcommand_from new-key manifest help" -s h -l help -d 'Print help'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand update; and not __fish_seen_subcommand_from new-key manifest help" -f -a "new-key" -d 'Make the key that signs versions; keep it offline'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand update; and not __fish_seen_subcommand_from new-key manifest help" -f -a "manifest" -d 'Sign a version: DIR/manifest.json, with its files beside it'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand update; and not __fish_seen_subcommand_from new-key manifest help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand update; and __fish_seen_subcommand_from new-key" -l out -d 'File for the secret half' -r -F
complete -c platen-sign -n "__fish_platen_sign_using_subcommand update; and __fish_seen_subcommand_from new-key" -l force -d 'Replace a file that exists'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand update; and __fish_seen_subcommand_from new-key" -l json -d 'Print the result as JSON'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand update; and __fish_seen_subcommand_from new-key" -s h -l help -d 'Print help'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand update; and __fish_seen_subcommand_from manifest" -l key -d 'The key, made by `platen-sign update new-key`' -r -F
complete -c platen-sign -n "__fish_platen_sign_using_subcommand update; and __fish_seen_subcommand_from manifest" -l version -d 'The version that the files are' -r
complete -c platen-sign -n "__fish_platen_sign_using_subcommand update; and __fish_seen_subcommand_from manifest" -l sequence -d 'Number of the manifest, higher than every one before in this channel' -r
complete -c platen-sign -n "__fish_platen_sign_using_subcommand update; and __fish_seen_subcommand_from manifest" -l channel -d 'Line of versions' -r
complete -c platen-sign -n "__fish_platen_sign_using_subcommand update; and __fish_seen_subcommand_from manifest" -l days -d 'How many days machines believe it' -r
complete -c platen-sign -n "__fish_platen_sign_using_subcommand update; and __fish_seen_subcommand_from manifest" -l delay-hours -d 'How many hours machines wait before they take it' -r
complete -c platen-sign -n "__fish_platen_sign_using_subcommand update; and __fish_seen_subcommand_from manifest" -l file -d 'A file of the version: `linux-x86_64/platen=target/release/platen`; may be repeated' -r
complete -c platen-sign -n "__fish_platen_sign_using_subcommand update; and __fish_seen_subcommand_from manifest" -l out -d 'Folder to publish' -r -F
complete -c platen-sign -n "__fish_platen_sign_using_subcommand update; and __fish_seen_subcommand_from manifest" -l force -d 'Replace a manifest that exists'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand update; and __fish_seen_subcommand_from manifest" -l json -d 'Print the result as JSON'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand update; and __fish_seen_subcommand_from manifest" -s h -l help -d 'Print help'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand update; and __fish_seen_subcommand_from help" -f -a "new-key" -d 'Make the key that signs versions; keep it offline'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand update; and __fish_seen_subcommand_from help" -f -a "manifest" -d 'Sign a version: DIR/manifest.json, with its files beside it'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand update; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand serve" -l key -d 'The site\'s key (site.key)' -r -F
complete -c platen-sign -n "__fish_platen_sign_using_subcommand serve" -l cert -d 'The site\'s chain (site.pem)' -r -F
complete -c platen-sign -n "__fish_platen_sign_using_subcommand serve" -l purpose -d 'Sign for this method; may be repeated [default: session.open and the jobs.* that change something]' -r
complete -c platen-sign -n "__fish_platen_sign_using_subcommand serve" -l origin -d 'Origin of pages that may ask for signatures; may be repeated' -r
complete -c platen-sign -n "__fish_platen_sign_using_subcommand serve" -l listen -d 'Where to listen: a loopback address; port 0 takes a free one' -r
complete -c platen-sign -n "__fish_platen_sign_using_subcommand serve" -l json -d 'Print the address as JSON'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand serve" -s h -l help -d 'Print help'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand help; and not __fish_seen_subcommand_from ca site sign verify explain revoke provision update serve help" -f -a "ca" -d 'Your certificate authority: the root your machines trust'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand help; and not __fish_seen_subcommand_from ca site sign verify explain revoke provision update serve help" -f -a "site" -d 'Certificates of your sites'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand help; and not __fish_seen_subcommand_from ca site sign verify explain revoke provision update serve help" -f -a "sign" -d 'Sign a statement, and nothing else'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand help; and not __fish_seen_subcommand_from ca site sign verify explain revoke provision update serve help" -f -a "verify" -d 'Tell whether an agent would accept a signature, or a chain'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand help; and not __fish_seen_subcommand_from ca site sign verify explain revoke provision update serve help" -f -a "explain" -d 'Show every check an agent makes, and what to do where one fails'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand help; and not __fish_seen_subcommand_from ca site sign verify explain revoke provision update serve help" -f -a "revoke" -d 'Take back certificates: make the signed list longer'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand help; and not __fish_seen_subcommand_from ca site sign verify explain revoke provision update serve help" -f -a "provision" -d 'Provisioning files, for machines where they cannot lie protected'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand help; and not __fish_seen_subcommand_from ca site sign verify explain revoke provision update serve help" -f -a "update" -d 'Versions of Platen for machines of your own'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand help; and not __fish_seen_subcommand_from ca site sign verify explain revoke provision update serve help" -f -a "serve" -d 'A signing endpoint for development, on this machine only'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand help; and not __fish_seen_subcommand_from ca site sign verify explain revoke provision update serve help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand help; and __fish_seen_subcommand_from ca" -f -a "new" -d 'Make a root: DIR/ca.pem for your machines, DIR/ca.key for you alone'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand help; and __fish_seen_subcommand_from site" -f -a "new" -d 'Make a site\'s certificate and key: DIR/site.pem and DIR/site.key for its server'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand help; and __fish_seen_subcommand_from provision" -f -a "new" -d 'Make a key: DIR/provision.key for you alone; its public half goes into each machine\'s platen.toml'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand help; and __fish_seen_subcommand_from provision" -f -a "sign" -d 'Sign a provisioning file: FILE.sig goes beside it'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand help; and __fish_seen_subcommand_from update" -f -a "new-key" -d 'Make the key that signs versions; keep it offline'
complete -c platen-sign -n "__fish_platen_sign_using_subcommand help; and __fish_seen_subcommand_from update" -f -a "manifest" -d 'Sign a version: DIR/manifest.json, with its files beside it'
