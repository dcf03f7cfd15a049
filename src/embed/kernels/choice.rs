//! Which arithmetic is used: what was asked for, of what the processor has.

use super::Int8Kernel;
use crate::error::{Error, Result};

/// The environment variable that [`KernelChoice::Auto`] asks: `auto`, `f32`, `int8` or the name of an [`Int8Kernel`].
const VARIABLE: &str = "CLAUSEWISE_KERNEL";

/// What the linear layers compute with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KernelChoice {
    /// What the environment variable `CLAUSEWISE_KERNEL` says; when it is unset, 8-bit integers where the processor
    /// has instructions for them and they reproduce f32 on a few sentences (cosine at least 0.999), else f32.
    #[default]
    Auto,
    /// 32-bit floating point, on any processor.
    F32,
    /// 8-bit integers, or an error.
    Int8,
    /// 8-bit integers with these instructions, or an error.
    Exactly(Int8Kernel),
}

impl KernelChoice {
    /// This choice; for [`KernelChoice::Auto`] what the environment says.
    ///
    /// # Errors
    /// [`Error::Invalid`] when it says something else than a choice.
    pub fn or_environment(self) -> Result<KernelChoice> {
        match (self, std::env::var(VARIABLE)) {
            (KernelChoice::Auto, Ok(asked)) => asked.parse(),
            _ => Ok(self),
        }
    }

    /// The kernel for it on this processor; `None` for f32.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the processor does not have what was asked for.
    pub fn kernel(self) -> Result<Option<Int8Kernel>> {
        match self {
            KernelChoice::F32 => Ok(None),
            KernelChoice::Auto => Ok(Int8Kernel::usable().next()),
            KernelChoice::Int8 => Int8Kernel::usable().next().map(Some).ok_or_else(|| {
                Error::invalid("kernel", "f32 on a processor without AMX, AVX-512 VNNI and AVX-VNNI", "int8")
            }),
            KernelChoice::Exactly(asked) if asked.is_usable() => Ok(Some(asked)),
            KernelChoice::Exactly(asked) => {
                let usable: Vec<&str> = Int8Kernel::usable().map(Int8Kernel::name).collect();
                let expected = format!("f32 or what this processor has [{}]", usable.join(", "));
                Err(Error::invalid("kernel", expected, asked.name()))
            }
        }
    }
}

impl std::str::FromStr for KernelChoice {
    type Err = Error;

    fn from_str(text: &str) -> Result<KernelChoice> {
        match text.trim() {
            "auto" => Ok(KernelChoice::Auto),
            "f32" => Ok(KernelChoice::F32),
            "int8" => Ok(KernelChoice::Int8),
            name => match Int8Kernel::ALL.into_iter().find(|kernel| kernel.name() == name) {
                Some(kernel) => Ok(KernelChoice::Exactly(kernel)),
                None => {
                    let names = Int8Kernel::ALL.map(Int8Kernel::name).join(", ");
                    Err(Error::invalid("kernel", format!("auto, f32, int8 or one of {names}"), name))
                }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kernel_can_be_asked_for_by_its_name() {
        for kernel in Int8Kernel::ALL {
            let choice: KernelChoice = kernel.name().parse().unwrap();
            assert_eq!(choice, KernelChoice::Exactly(kernel));
            match choice.kernel() {
                Ok(found) => assert!(found == Some(kernel) && Int8Kernel::usable().any(|usable| usable == kernel)),
                Err(error) => {
                    assert!(Int8Kernel::usable().all(|usable| usable != kernel));
                    assert!(error.to_string().contains(kernel.name()), "{error}");
                }
            }
        }
        assert_eq!("f32".parse::<KernelChoice>().unwrap().kernel().unwrap(), None);
        assert_eq!(KernelChoice::Auto.kernel().unwrap(), Int8Kernel::usable().next());
        let error = "sse2".parse::<KernelChoice>().unwrap_err().to_string();
        assert!(error.contains("int8-amx, int8-avx512-vnni, int8-avx-vnni") && error.contains("sse2"), "{error}");
    }
}
