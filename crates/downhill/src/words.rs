//! Options as words of a shell command.

use crate::terminal::quoted;
use clap::Args;
use downhill_run::Common;

/// The options that differ from `plain`, each with its value, as words of a shell command: `--steps 2000`.
///
/// # Errors
/// When an option cannot be written as text, such as a path that is not UTF-8.
pub(crate) fn flags(options: &Common, plain: &Common) -> Result<Vec<String>, toml::ser::Error> {
    let (said, plain) = (toml::Table::try_from(options)?, toml::Table::try_from(plain)?);
    let command = Common::augment_args(clap::Command::new("options"));
    // In the order of the help.
    let arguments = command.get_arguments().map(|argument| {
        let key = argument.get_id().as_str().replace('_', "-");
        let value = said.get(&key).filter(|value| plain.get(&key) != Some(value))?;
        let text = match value {
            toml::Value::String(text) => text.clone(),
            toml::Value::Array(values) => {
                values.iter().map(|v| v.as_str().unwrap_or_default()).collect::<Vec<_>>().join(",")
            }
            other => other.to_string(),
        };
        let joint = if argument.is_require_equals_set() { '=' } else { ' ' };
        Some(format!("--{key}{joint}{}", quoted(&text)))
    });
    Ok(arguments.flatten().collect())
}
