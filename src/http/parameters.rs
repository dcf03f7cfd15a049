//! Query parameters, read with the same names and errors as JSON.
//!
//! [`axum::extract::Query`] knows no lists. Here a list is given as `levels=county,province`, as
//! `levels=county&levels=province`, or both; anything else is given once.

use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use serde::Deserializer;
use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{DeserializeOwned, Error as _, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use utoipa::IntoParams;

use super::error::HttpError;
use super::json;
use crate::error::Result;

/// The query parameters of a request.
pub(super) struct Parameters<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Parameters<T> {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Parameters<T>, HttpError> {
        Ok(Parameters(read(parts.uri.query().unwrap_or_default())?))
    }
}

fn read<T: DeserializeOwned>(query: &str) -> Result<T, HttpError> {
    let mut parameters: Vec<(String, Values)> = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (decode(name)?, decode(value)?);
        match parameters.iter_mut().find(|(known, _)| *known == name) {
            Some((_, values)) => values.0.push(value),
            None => parameters.push((name, Values(vec![value]))),
        }
    }
    Ok(json::read(MapDeserializer::<_, Refusal>::new(parameters.into_iter()))?)
}

/// Undoes percent-encoding and `+`.
fn decode(text: &str) -> Result<String, HttpError> {
    let refuse = || HttpError::MalformedRequest {
        field: "query parameters",
        expected: "percent-encoded UTF-8",
        received: text.to_owned(),
    };
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        bytes.push(match (first, tail) {
            (b'+', _) => b' ',
            (b'%', [high, low, after @ ..]) => {
                rest = after;
                let digit = |byte: &u8| char::from(*byte).to_digit(16);
                let value = digit(high).zip(digit(low)).map(|(high, low)| high * 16 + low).ok_or_else(refuse)?;
                u8::try_from(value).map_err(|_| refuse())?
            }
            (b'%', _) => return Err(refuse()),
            (byte, _) => *byte,
        });
    }
    String::from_utf8(bytes).map_err(|_| refuse())
}

type Refusal = serde::de::value::Error;

/// What was given for one parameter, as often as it was given.
struct Values(Vec<String>);

impl Values {
    fn one(self) -> Result<String, Refusal> {
        let Ok([value]) = <[String; 1]>::try_from(self.0) else {
            return Err(Refusal::custom("invalid value: several values, expected one value"));
        };
        Ok(value)
    }

    fn parsed<T: std::str::FromStr>(self, expected: &str) -> Result<T, Refusal> {
        let value = self.one()?;
        value.parse().map_err(|_| Refusal::custom(format!("invalid value: {value:?}, expected {expected}")))
    }
}

impl IntoDeserializer<'_, Refusal> for Values {
    type Deserializer = Values;

    fn into_deserializer(self) -> Values {
        self
    }
}

impl<'de> Deserializer<'de> for Values {
    type Error = Refusal;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        visitor.visit_string(self.one()?)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        visitor.visit_bool(self.parsed("a boolean")?)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        visitor.visit_u64(self.parsed("u64")?)
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        visitor.visit_f32(self.parsed("f32")?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        visitor.visit_some(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        let values = self.0.iter().flat_map(|value| value.split(',')).filter(|value| !value.is_empty());
        visitor.visit_seq(SeqDeserializer::new(values.map(|value| Values(vec![value.to_owned()]))))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        IntoDeserializer::<Refusal>::into_deserializer(self.one()?).deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u16 u32 u128 f64 char str string bytes byte_buf unit unit_struct newtype_struct tuple
        tuple_struct map struct identifier ignored_any
    }
}

/// The id in a path, percent-decoded; it may have any character in it, `/` included.
pub(super) struct Id(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Id, HttpError> {
        let Path(id) = Path::<String>::from_request_parts(parts, state).await.map_err(|rejection: PathRejection| {
            HttpError::MalformedRequest {
                field: "id",
                expected: "percent-encoded UTF-8",
                received: rejection.body_text(),
            }
        })?;
        Ok(Id(id))
    }
}

/// [`Id`] of a document, as the contract describes it.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "never made: describes the parameter in the OpenAPI document")]
pub(super) struct DocumentPath {
    /// Id of the document, percent-encoded.
    #[param(example = "xianning-2016")]
    id: String,
}

/// [`Id`] of a clause, as the contract describes it.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "never made: describes the parameter in the OpenAPI document")]
pub(super) struct ClausePath {
    /// Id of the clause, percent-encoded.
    #[param(example = "xianning-2016:12")]
    id: String,
}

/// [`Id`] of a task, as the contract describes it.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "never made: describes the parameter in the OpenAPI document")]
pub(super) struct TaskPath {
    /// Name of the task.
    #[param(example = 7)]
    id: i64,
}

#[cfg(test)]
mod tests {
    use super::super::error::Problem;
    use super::*;
    use crate::http::wire::{Level, SimilarParameters};

    fn refusal(query: &str) -> String {
        match read::<SimilarParameters>(query) {
            Ok(_) => panic!("{query} was accepted"),
            Err(error) => serde_json::to_value(Problem::from(error)).unwrap()["detail"].as_str().unwrap().to_owned(),
        }
    }

    #[test]
    fn lists_are_comma_separated_or_repeated_and_the_rest_is_given_once() {
        let read = read::<SimilarParameters>(
            "levels=county,province&levels=national&limit=3&regions=%E5%B1%B1%E4%B8%9C&explain=true",
        );
        let parameters = read.ok().unwrap();
        assert_eq!(parameters.levels, [Level::County, Level::Province, Level::National]);
        assert_eq!(parameters.regions, ["山东"]);
        assert_eq!((parameters.limit, parameters.explain, parameters.include_own_document), (3, true, false));
    }

    #[test]
    fn an_error_names_the_parameter_at_fault() {
        let cases = [
            ("limit=x", "limit: expected a whole number, 0 or larger, received \"x\""),
            ("limit=1&limit=2", "limit: expected one value, received several values"),
            ("levels=county,city", "levels[1]: expected one of national, province, prefecture, county, received city"),
            ("explain=yes", "explain: expected true or false, received \"yes\""),
            ("min_probability=high", "min_probability: expected a number, received \"high\""),
            ("regions=%E5%B1", "query parameters: expected percent-encoded UTF-8, received %E5%B1"),
            ("regions=%", "query parameters: expected percent-encoded UTF-8, received %"),
        ];
        for (query, expected) in cases {
            assert_eq!(refusal(query), expected);
        }
        assert!(
            refusal("top_k=3").starts_with("top_k: expected a known name: one of limit, unit"),
            "{}",
            refusal("top_k=3")
        );
    }
}
