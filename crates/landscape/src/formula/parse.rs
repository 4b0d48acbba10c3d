//! From text to operations, by precedence climbing.
//!
//! Written out, because the messages with a place in the text are as long as the grammar.

use super::{Formula, Name, Operand, Operation, Sign};
use downhill_spec::nearest;
use std::f64::consts::{E, PI};
use std::fmt;

/// Why a text is no formula. The message shows the text with a mark under the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormulaError {
    /// The text.
    pub formula: String,
    /// The place: the number of characters before it.
    pub at: usize,
    /// The problem and the correct form.
    pub what: String,
}

impl fmt::Display for FormulaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line: String = self.formula.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        write!(f, "cannot read the formula: {}\n  {line}\n  {}^", self.what, " ".repeat(self.at))
    }
}

impl std::error::Error for FormulaError {}

/// Longest text, in characters.
const LONGEST: usize = 10_000;
/// Most parentheses, signs and powers within each other.
const DEEPEST: usize = 100;
/// Largest number of a variable.
const LAST_VARIABLE: usize = 999;

const FUNCTIONS: [(&str, Name); 9] = [
    ("sin", Name::Sin),
    ("cos", Name::Cos),
    ("tan", Name::Tan),
    ("exp", Name::Exp),
    ("log", Name::Log),
    ("ln", Name::Log),
    ("sqrt", Name::Sqrt),
    ("abs", Name::Abs),
    ("tanh", Name::Tanh),
];

const EXPECTED: &str = "expected a number, a variable, a function or `(`";

pub(super) fn parse(text: &str) -> Result<Formula, FormulaError> {
    let mut parser = Parser {
        characters: text.chars().collect(),
        at: 0,
        depth: 0,
        operations: Vec::new(),
        coordinates: Vec::new(),
        letters: None,
    };
    if parser.characters.len() > LONGEST {
        return Err(FormulaError {
            formula: parser.characters[..60].iter().collect(),
            at: 0,
            what: format!("it has {} characters; the most is {LONGEST}", parser.characters.len()),
        });
    }
    let result = parser.sum()?;
    match parser.peek() {
        None => {}
        Some(')') => return Err(parser.fail(parser.at, "this `)` closes nothing")),
        Some(c) if c.is_alphanumeric() || c == '(' || c == '.' => {
            return Err(parser.fail(parser.at, "expected an operation before this, such as `*`"));
        }
        Some(c) => return Err(parser.fail(parser.at, &format!("`{c}` means nothing here; expected + - * / or ^"))),
    }
    let Some(&last) = parser.coordinates.iter().max() else {
        return Err(parser.fail(0, "it has no variable; expected x, y, or x0, x1, …"));
    };
    Ok(Formula { operations: parser.operations, result, dims: last + 1 })
}

struct Parser {
    characters: Vec<char>,
    at: usize,
    depth: usize,
    operations: Vec<Operation>,
    /// The named coordinates.
    coordinates: Vec<usize>,
    /// Whether variables are x and y and not x0, x1, …
    letters: Option<bool>,
}

type Parsed = Result<Operand, FormulaError>;

impl Parser {
    fn fail(&self, at: usize, what: &str) -> FormulaError {
        FormulaError { formula: self.characters.iter().collect(), at, what: what.into() }
    }

    /// The next character that is no space.
    fn peek(&mut self) -> Option<char> {
        while self.characters.get(self.at).is_some_and(|c| c.is_whitespace()) {
            self.at += 1;
        }
        self.characters.get(self.at).copied()
    }

    fn take(&mut self, c: char) -> bool {
        let found = self.peek() == Some(c);
        self.at += usize::from(found);
        found
    }

    fn push(&mut self, operation: Operation) -> Operand {
        self.operations.push(operation);
        Operand::Result(self.operations.len() - 1)
    }

    fn two(&mut self, sign: Sign, a: Operand, b: Operand) -> Operand {
        match (a, b) {
            (Operand::Constant(a), Operand::Constant(b)) => Operand::Constant(match sign {
                Sign::Plus => a + b,
                Sign::Minus => a - b,
                Sign::Times => a * b,
                Sign::Over => a / b,
            }),
            _ => self.push(Operation::Two(sign, a, b)),
        }
    }

    fn call(&mut self, name: Name, argument: Operand) -> Operand {
        match argument {
            Operand::Constant(c) => Operand::Constant(name.of(c)),
            Operand::Result(i) => self.push(Operation::Call(name, i)),
        }
    }

    /// product (`+` or `-` product)*
    fn sum(&mut self) -> Parsed {
        let mut left = self.product()?;
        loop {
            let sign = if self.take('+') {
                Sign::Plus
            } else if self.take('-') {
                Sign::Minus
            } else {
                return Ok(left);
            };
            let right = self.product()?;
            left = self.two(sign, left, right);
        }
    }

    /// signed (`*` or `/` signed)*
    fn product(&mut self) -> Parsed {
        let mut left = self.signed()?;
        loop {
            let sign = if self.take('*') {
                Sign::Times
            } else if self.take('/') {
                Sign::Over
            } else {
                return Ok(left);
            };
            let right = self.signed()?;
            left = self.two(sign, left, right);
        }
    }

    /// `-` signed, `+` signed, or power
    fn signed(&mut self) -> Parsed {
        self.deeper()?;
        let operand = if self.take('-') {
            let operand = self.signed()?;
            self.two(Sign::Times, Operand::Constant(-1.0), operand)
        } else if self.take('+') {
            self.signed()?
        } else {
            self.power()?
        };
        self.depth -= 1;
        Ok(operand)
    }

    fn deeper(&mut self) -> Result<(), FormulaError> {
        self.depth += 1;
        let at = self.at.min(self.characters.len());
        if self.depth > DEEPEST { Err(self.fail(at, "too deep; the most is 100 levels")) } else { Ok(()) }
    }

    /// atom, or atom `^` signed
    fn power(&mut self) -> Parsed {
        let base = self.atom()?;
        if !self.take('^') {
            return Ok(base);
        }
        let exponent = self.signed()?;
        Ok(match (base, exponent) {
            (Operand::Constant(a), Operand::Constant(b)) => Operand::Constant(a.powf(b)),
            (Operand::Result(_), Operand::Constant(1.0)) => base,
            (Operand::Result(i), Operand::Constant(c)) => self.push(Operation::Power(i, c)),
            (_, Operand::Result(_)) => {
                let log = self.call(Name::Log, base);
                let product = self.two(Sign::Times, exponent, log);
                self.call(Name::Exp, product)
            }
        })
    }

    /// A number, a name, a call or parentheses.
    fn atom(&mut self) -> Parsed {
        let next = self.peek();
        let at = self.at;
        match next {
            None => Err(self.fail(at, &format!("it ends here; {EXPECTED}"))),
            Some('(') => {
                self.at += 1;
                self.inside(at)
            }
            Some(c) if c.is_ascii_digit() || c == '.' => self.number(),
            Some(c) if c.is_alphabetic() || c == '_' => self.word(),
            Some(c) => Err(self.fail(at, &format!("`{c}` means nothing here; {EXPECTED}"))),
        }
    }

    /// The expression between the parenthesis at `open`, already consumed, and its partner.
    fn inside(&mut self, open: usize) -> Parsed {
        let operand = self.sum()?;
        if self.take(')') {
            return Ok(operand);
        }
        Err(match self.peek() {
            None => self.fail(open, "this `(` is not closed"),
            Some(',') => self.fail(self.at, "a function has one argument"),
            Some(c) if c.is_alphanumeric() || c == '(' || c == '.' => {
                self.fail(self.at, "expected an operation before this, such as `*`")
            }
            Some(c) => self.fail(self.at, &format!("`{c}` means nothing here; expected + - * / ^ or `)`")),
        })
    }

    fn number(&mut self) -> Parsed {
        let start = self.at;
        let is_digit = |c: Option<&char>| c.is_some_and(char::is_ascii_digit);
        while self.characters.get(self.at).is_some_and(|&c| c.is_ascii_digit() || c == '.') {
            self.at += 1;
        }
        // An `e` is an exponent if digits follow.
        if self.characters.get(self.at).is_some_and(|&c| c == 'e' || c == 'E') {
            let signed = self.characters.get(self.at + 1).is_some_and(|&c| c == '+' || c == '-');
            let first = self.at + 1 + usize::from(signed);
            if is_digit(self.characters.get(first)) {
                self.at = first;
                while is_digit(self.characters.get(self.at)) {
                    self.at += 1;
                }
            }
        }
        let text: String = self.characters[start..self.at].iter().collect();
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Operand::Constant(number)),
            Ok(_) => Err(self.fail(start, &format!("`{text}` is too large"))),
            Err(_) => Err(self.fail(start, &format!("`{text}` is not a number"))),
        }
    }

    fn word(&mut self) -> Parsed {
        let start = self.at;
        while self.characters.get(self.at).is_some_and(|&c| c.is_alphanumeric() || c == '_') {
            self.at += 1;
        }
        let word: String = self.characters[start..self.at].iter().collect();
        if let Some(&(_, name)) = FUNCTIONS.iter().find(|(known, _)| *known == word) {
            let open = (self.peek(), self.at);
            if open.0 != Some('(') {
                return Err(self.fail(start, &format!("`{word}` needs its argument in parentheses: {word}(…)")));
            }
            self.at += 1;
            let argument = self.inside(open.1)?;
            return Ok(self.call(name, argument));
        }
        match word.as_str() {
            "pi" => return Ok(Operand::Constant(PI)),
            "e" => return Ok(Operand::Constant(E)),
            "x" => return self.coordinate(start, true, 0),
            "y" => return self.coordinate(start, true, 1),
            _ => {}
        }
        if let Some(digits) = word.strip_prefix('x').filter(|d| !d.is_empty() && d.chars().all(|c| c.is_ascii_digit()))
        {
            return match digits.parse::<usize>() {
                Ok(index) if index <= LAST_VARIABLE => self.coordinate(start, false, index),
                _ => Err(self.fail(start, &format!("the last variable is x{LAST_VARIABLE}"))),
            };
        }
        let names = FUNCTIONS.iter().map(|(known, _)| *known).chain(["pi"]);
        let hint = nearest(&word, names).map(|known| format!(" (did you mean `{known}`?)")).unwrap_or_default();
        let known: Vec<&str> = FUNCTIONS.iter().map(|(known, _)| *known).collect();
        let what = format!(
            "unknown name `{word}`{hint}; there are the variables x, y, or x0, x1, …, the constants pi, e, and {}",
            known.join(", ")
        );
        Err(self.fail(start, &what))
    }

    fn coordinate(&mut self, start: usize, letter: bool, index: usize) -> Parsed {
        if self.letters.is_some_and(|letters| letters != letter) {
            return Err(self.fail(start, "variables are x and y, or x0, x1, …, not both"));
        }
        self.letters = Some(letter);
        if self.coordinates.contains(&index) {
            let twin = self.operations.iter().position(|o| matches!(o, Operation::Coordinate(i) if *i == index));
            if let Some(twin) = twin {
                return Ok(Operand::Result(twin));
            }
        }
        self.coordinates.push(index);
        Ok(self.push(Operation::Coordinate(index)))
    }
}
