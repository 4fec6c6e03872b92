//! What must hold for any bytes.

use pgwright_codegen::source::Source;
use pgwright_codegen::{compile, diag, generate};

/// Whether the bytes are a spec that compiles; what is wrong with what the compiler made of them.
pub(crate) fn check(input: &[u8]) -> Result<bool, String> {
    let source = Source::from_bytes("schema.toml", input);
    let compilation = compile(&source);
    let report = diag::render(&source, &compilation.diagnostics, false);
    for diagnostic in &compilation.diagnostics {
        let labels = diagnostic.secondary.iter().chain([&diagnostic.primary]);
        for label in labels {
            if source.text().get(label.span.clone()).is_none() {
                return Err(format!(
                    "`{}` points at no text: {:?}",
                    diagnostic.code, label.span
                ));
            }
        }
    }
    let Some(schema) = compilation.schema else {
        return if report.is_empty() {
            Err("it does not compile, and nobody says why".to_owned())
        } else {
            Ok(false)
        };
    };
    for (path, text) in generate(&schema, None) {
        if path.ends_with(".rs")
            && let Err(error) = syn::parse_file(&text)
        {
            return Err(format!("{path} is no Rust: {error}"));
        }
    }
    Ok(true)
}
