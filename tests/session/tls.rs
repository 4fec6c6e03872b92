//! TLS as the address says it.

use automl_db::prelude::*;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

use crate::server::{Folder, Server};

/// An authority that signs certificates, and its own.
fn authority(name: &str) -> (Issuer<'static, KeyPair>, String) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new([]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
        .distinguished_name
        .push(rcgen::DnType::CommonName, name);
    let certificate = params.self_signed(&key).unwrap().pem();
    (Issuer::new(params, key), certificate)
}

#[tokio::test]
async fn certificates_are_looked_at_as_the_address_says() {
    let Some(folder) = Folder::new("tls", "initdb").await else {
        return;
    };
    let (issuer, root) = authority("ours");
    let (_, other) = authority("another");
    let key = KeyPair::generate().unwrap();
    let server = CertificateParams::new(["localhost".to_owned()]).unwrap();
    let certificate = server.signed_by(&key, &issuer).unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path.join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let certificate = file("server.crt", &certificate.pem());
    let key = file("server.key", &key.serialize_pem());
    let (root, other) = (file("root.crt", &root), file("other.crt", &other));
    std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    folder.own();
    let (certificate, key) = (
        format!("ssl_cert_file={certificate}"),
        format!("ssl_key_file={key}"),
    );
    let server = Server::new(folder, &["ssl=on", &certificate, &key]).await;

    let port = server.port;
    let connect = async |host: &str, mode: &str| {
        let url = format!("postgres://postgres@{host}:{port}/postgres?sslmode={mode}");
        Db::connect(&url).await
    };
    let full = format!("verify-full&sslrootcert={root}");
    let ca = format!("verify-ca&sslrootcert={root}");
    for (host, mode) in [
        ("localhost", full.as_str()),
        ("localhost", &ca),
        // The name is not looked at.
        ("127.0.0.1", &ca),
        ("127.0.0.1", "require"),
        ("127.0.0.1", "prefer"),
    ] {
        let db = connect(host, mode).await.unwrap();
        let sql = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
        let encrypted: bool = sqlx::query_scalar(sql).fetch_one(db.pool()).await.unwrap();
        assert!(encrypted, "{host} {mode}");
    }

    let mut refused = Vec::new();
    for (host, mode) in [
        ("127.0.0.1", full.clone()),
        ("localhost", format!("verify-full&sslrootcert={other}")),
        ("localhost", format!("verify-ca&sslrootcert={other}")),
        // Nobody of the world's authorities signed it.
        ("localhost", "verify-full".to_owned()),
    ] {
        let begun = std::time::Instant::now();
        let error = connect(host, &mode).await.unwrap_err();
        assert!(matches!(error, Error::Tls(_)), "{host} {mode}: {error:?}");
        assert!(begun.elapsed().as_secs() < 5, "it waits for nothing");
        assert_eq!(error.problem().status, 503);
        refused.push(error.to_string());
    }
    assert!(refused[0].contains("not valid for name"), "{}", refused[0]);
    for unknown in &refused[1..] {
        assert!(unknown.contains("UnknownIssuer"), "{unknown}");
    }
}

#[tokio::test]
async fn a_server_without_tls_is_refused_where_the_address_wants_it() {
    let Some(folder) = Folder::new("no-tls", "initdb").await else {
        return;
    };
    let server = Server::new(folder, &[]).await;
    let port = server.port;
    for mode in ["require", "verify-ca", "verify-full"] {
        let url = format!("postgres://postgres@localhost:{port}/postgres?sslmode={mode}");
        let error = Db::connect(&url).await.unwrap_err();
        assert!(matches!(error, Error::Tls(_)), "{mode}: {error:?}");
        let text = "no secure connection to the database: ";
        assert!(error.to_string().starts_with(text), "{error}");
        assert!(
            error.to_string().contains("does not support TLS"),
            "{error}"
        );
    }
    let url = format!("postgres://postgres@localhost:{port}/postgres?sslmode=prefer");
    Db::connect(&url).await.unwrap();
}
