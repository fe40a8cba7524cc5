//! Options in, documents out: Python objects to `serde_json::Value` and back.
//!
//! Depth and size are bounded while converting, so that no nested or circular object can exhaust the stack. What the
//! options mean is core's business: `None` is left out and becomes core's default.

use cosell::document::{MAX_DEPTH, MAX_VALUES, beside, from_value, unknown_option};
use cosell::{Code, Error};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDate, PyDict, PyFloat, PyFrozenSet, PyInt, PyList, PyMapping, PySet, PyString, PyTuple};
use serde::de::DeserializeOwned;
use serde_json::{Map, Number, Value};

use crate::error::raise;
use crate::program::Program;

/// A Python object as a JSON value; `field` is its name in errors.
pub fn to_value(object: &Bound<'_, PyAny>, field: &str) -> PyResult<Value> {
    let mut reader = Reader { py: object.py(), path: vec![field.to_owned()], values: 0 };
    reader.read(object)
}

struct Reader<'py> {
    py: Python<'py>,
    path: Vec<String>,
    values: usize,
}

impl Reader<'_> {
    fn fail(&self, code: Code, what: &str) -> PyErr {
        let field = self.path.iter().take(8).cloned().collect::<Vec<_>>().join(".");
        raise(self.py, &Error::new(code, field.clone(), format!("{field}: {what}")))
    }

    /// The document as a whole is refused: no path of it is at fault.
    fn refuse(&self, code: Code, what: &str) -> PyErr {
        raise(self.py, &Error::new(code, "", format!("{} {what}", self.path[0])))
    }

    fn read(&mut self, object: &Bound<'_, PyAny>) -> PyResult<Value> {
        self.values += 1;
        if self.path.len() > MAX_DEPTH {
            return Err(self.refuse(Code::TooDeep, &format!("is nested deeper than {MAX_DEPTH} levels")));
        }
        if self.values > MAX_VALUES {
            return Err(self.refuse(Code::TooLarge, &format!("has more than {MAX_VALUES} values")));
        }
        if object.is_none() {
            return Ok(Value::Null);
        }
        if let Ok(text) = object.cast::<PyString>() {
            return Ok(Value::String(text.to_str()?.to_owned()));
        }
        if let Ok(flag) = object.cast::<PyBool>() {
            return Ok(Value::Bool(flag.is_true()));
        }
        if object.is_instance_of::<PyInt>() {
            return self.integer(object);
        }
        if let Ok(number) = object.cast::<PyFloat>() {
            return self.float(number.value());
        }
        if let Ok(fields) = object.cast::<PyDict>() {
            return self.object(fields.iter());
        }
        if object.is_instance_of::<PyDate>() {
            return Ok(Value::String(object.call_method0("isoformat")?.extract()?));
        }
        let list = object.is_instance_of::<PyList>() || object.is_instance_of::<PyTuple>();
        if list || object.is_instance_of::<PySet>() || object.is_instance_of::<PyFrozenSet>() {
            return self.array(object);
        }
        if let Ok(mapping) = object.cast::<PyMapping>() {
            let items = mapping.items()?;
            return self.object(items.iter().filter_map(|pair| pair.extract().ok()));
        }
        self.other(object)
    }

    fn integer(&self, object: &Bound<'_, PyAny>) -> PyResult<Value> {
        if let Ok(number) = object.extract::<i64>() {
            return Ok(Value::from(number));
        }
        let beyond = |_| self.fail(Code::InvalidOption, "a whole number beyond 64 bits");
        object.extract::<u64>().map(Value::from).map_err(beyond)
    }

    fn float(&self, number: f64) -> PyResult<Value> {
        let finite = || self.fail(Code::InvalidOption, &format!("expected a finite number, got {number}"));
        Number::from_f64(number).map(Value::Number).ok_or_else(finite)
    }

    fn object<'py>(&mut self, items: impl Iterator<Item = (Bound<'py, PyAny>, Bound<'py, PyAny>)>) -> PyResult<Value> {
        let mut fields = Map::new();
        for (key, value) in items {
            let key: String = match key.cast::<PyString>() {
                Ok(text) => text.to_str()?.to_owned(),
                Err(_) if key.is_instance_of::<PyInt>() => key.str()?.to_str()?.to_owned(),
                Err(_) => return Err(self.fail(Code::InvalidOption, "the keys of an object must be text")),
            };
            self.path.push(key.clone());
            fields.insert(key, self.read(&value)?);
            self.path.pop();
        }
        Ok(Value::Object(fields))
    }

    fn array(&mut self, object: &Bound<'_, PyAny>) -> PyResult<Value> {
        let mut items = Vec::new();
        for item in object.try_iter()? {
            self.path.push(items.len().to_string());
            items.push(self.read(&item?)?);
            self.path.pop();
        }
        Ok(Value::Array(items))
    }

    /// What stands for a value: a programme for its document; dates and arrays of numpy, series; numbers of other types, such
    /// as numpy scalars, decimals and fractions.
    fn other(&mut self, object: &Bound<'_, PyAny>) -> PyResult<Value> {
        if let Ok(program) = object.cast::<Program>() {
            return Ok(serde_json::to_value(program.get().inner.document()).unwrap_or_default());
        }
        let kind = object.get_type().name()?.to_string();
        match kind.as_str() {
            "NAType" | "NaTType" => return Ok(Value::Null),
            // In finer units than microseconds they are plain integers; those counted in days are dates.
            "datetime64" => {
                let unit = object.getattr("dtype")?.getattr("name")?.to_string();
                let fine = ["datetime64[ns]", "datetime64[ps]", "datetime64[fs]", "datetime64[as]"];
                let object = if fine.contains(&&*unit) {
                    object.call_method1("astype", ("datetime64[us]",))?
                } else {
                    object.clone()
                };
                return self.read(&object.call_method0("item")?);
            }
            _ => {}
        }
        for method in ["tolist", "to_list"] {
            if object.hasattr("__len__")? && object.hasattr(method)? {
                return self.read(&object.call_method0(method)?);
            }
        }
        if object.hasattr("__index__")? {
            return self.integer(&object.call_method0("__index__")?);
        }
        if object.hasattr("__float__")? {
            return self.float(object.call_method0("__float__")?.extract()?);
        }
        let kind = object.get_type().name()?;
        Err(self.fail(Code::InvalidOption, &format!("expected text, a number, a date, a list or a dict, got {kind}")))
    }
}

/// The options that were given, as one object: `None` is left out.
pub struct Options(Map<String, Value>);

impl Options {
    /// No option yet.
    pub fn new() -> Self {
        Self(Map::new())
    }

    /// Adds an option unless it is `None`.
    pub fn set(mut self, name: &str, value: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        if let Some(value) = value {
            self.0.insert(name.to_owned(), to_value(value, name)?);
        }
        Ok(self)
    }

    /// Adds the keywords that the call does not know, which core refuses; a missing one is refused by core too.
    pub fn unknown(mut self, keywords: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        for name in keywords.iter().flat_map(|k| k.keys()) {
            // Their values do not matter, and need not be such that a document can hold them.
            self.0.insert(name.extract()?, Value::Null);
        }
        Ok(self)
    }

    /// The document.
    pub fn document(self) -> Value {
        Value::Object(self.0)
    }
}

/// The keyword that every long call takes beside its options.
pub const PROGRESS: &[&str] = &["progress"];

/// The options as core's type; `others` are the keywords of the call that are no options.
pub fn read<T: DeserializeOwned>(document: &Value, others: &[&str]) -> cosell::Result<T> {
    from_value(document).map_err(|e| beside(e, "", others))
}

/// Refuses keywords that a call without options does not know.
pub fn refuse(py: Python<'_>, keywords: Option<&Bound<'_, PyDict>>, known: &[&str]) -> PyResult<()> {
    match keywords.and_then(|k| k.keys().iter().next()) {
        Some(name) => {
            let name: String = name.extract()?;
            Err(raise(py, &unknown_option(&name, &name, known)))
        }
        None => Ok(()),
    }
}

/// Keyword arguments as one object.
pub fn keywords(options: Option<&Bound<'_, PyDict>>) -> PyResult<Value> {
    let mut document = Options::new();
    for (name, value) in options.iter().flat_map(|o| o.iter()) {
        let name: String = name.extract()?;
        document = document.set(&name, (!value.is_none()).then_some(&value))?;
    }
    Ok(document.document())
}

/// A JSON value as a Python object.
pub fn to_python<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::Null => py.None().into_bound(py),
        Value::Bool(flag) => PyBool::new(py, *flag).to_owned().into_any(),
        Value::String(text) => PyString::new(py, text).into_any(),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(i), _) => i.into_pyobject(py)?.into_any(),
            (None, Some(u)) => u.into_pyobject(py)?.into_any(),
            (None, None) => PyFloat::new(py, number.as_f64().unwrap_or(f64::NAN)).into_any(),
        },
        Value::Array(items) => {
            let list = PyList::empty(py);
            for item in items {
                list.append(to_python(py, item)?)?;
            }
            list.into_any()
        }
        Value::Object(fields) => {
            let dict = PyDict::new(py);
            for (key, value) in fields {
                dict.set_item(key, to_python(py, value)?)?;
            }
            dict.into_any()
        }
    })
}
