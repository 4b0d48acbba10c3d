//! Every step of a race as CSV.

use std::io::{self, Write};

/// One optimizer after one step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CsvRow<'a> {
    /// The optimizer, such as `adam:lr=0.1`.
    pub optimizer: &'a str,
    /// The start, from 0.
    pub start: usize,
    /// Number of steps done; 0 is the start itself.
    pub step: usize,
    /// Its position, one number for each dimension.
    pub position: &'a [f64],
    /// The loss there.
    pub loss: f64,
    /// The norm of the gradient there.
    pub grad_norm: f64,
}

/// Writes rows as they come, with the columns `optimizer,start,step,x0,x1,…,loss,grad_norm` for `dims` dimensions.
///
/// Numbers have as many digits as they need to come back as the same `f64`, or are `NaN`, `inf` or `-inf`.
///
/// # Errors
///
/// The writer's errors, and [`io::ErrorKind::InvalidInput`] for a position without exactly `dims` numbers.
pub fn race_csv<'a>(writer: impl Write, dims: usize, rows: impl IntoIterator<Item = CsvRow<'a>>) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(writer);
    let coordinates = (0..dims).map(|place| format!("x{place}"));
    let header = ["optimizer", "start", "step"].map(String::from).into_iter().chain(coordinates);
    writer.write_record(header.chain(["loss", "grad_norm"].map(String::from)))?;
    for row in rows {
        if row.position.len() != dims {
            let given = row.position.len();
            let message = format!("a position of {given} numbers on a landscape of {dims} dimensions");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        writer.write_field(row.optimizer)?;
        writer.write_field(row.start.to_string())?;
        writer.write_field(row.step.to_string())?;
        for &value in row.position.iter().chain([&row.loss, &row.grad_norm]) {
            writer.write_field(shortest(value))?;
        }
        writer.write_record(None::<&[u8]>)?;
    }
    writer.flush()
}

/// The fewest digits that come back as the same number.
fn shortest(value: f64) -> String {
    let digits = format!("{value:?}");
    digits.strip_suffix(".0").map_or(digits.clone(), String::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn columns_follow_the_dimensions() {
        let row = CsvRow {
            optimizer: "a,\"b\"",
            start: 1,
            step: 0,
            position: &[1.0, -0.1, 1e300],
            loss: 2.5,
            grad_norm: f64::NAN,
        };
        let mut text = Vec::new();
        race_csv(&mut text, 3, [row]).expect("memory");
        let text = String::from_utf8(text).expect("UTF-8");
        assert_eq!(text, "optimizer,start,step,x0,x1,x2,loss,grad_norm\n\"a,\"\"b\"\"\",1,0,1,-0.1,1e300,2.5,NaN\n");
    }

    #[test]
    fn a_position_of_another_length_is_refused() {
        let row = CsvRow { optimizer: "a", start: 0, step: 0, position: &[1.0], loss: 0.0, grad_norm: 0.0 };
        let error = race_csv(Vec::new(), 2, [row]).expect_err("one number, two dimensions");
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    }

    proptest! {
        #![proptest_config(crate::tests::seeded(256))]

        #[test]
        fn every_number_comes_back(value in prop::num::f64::ANY) {
            let back: f64 = shortest(value).parse().expect("a number");
            prop_assert!(back.to_bits() == value.to_bits() || back.is_nan() && value.is_nan());
        }
    }
}
