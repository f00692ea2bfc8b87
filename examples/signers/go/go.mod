module platen.example/signer

go 1.19
