//! Products of small matrices.
//!
//! Each number of a result is one sum in the order of the inner dimension, whatever its neighbours and the width of the
//! machine's vectors. A result is divided into tiles of rows and columns that stay in registers.

use super::number::Number;
use pulp::Simd;

/// `left · right`, `[rows, depth] · [depth, cols]`, all row-major.
pub(super) struct Product<'a, T> {
    /// Rows of the result.
    pub rows: usize,
    /// The inner dimension.
    pub depth: usize,
    /// Columns of the result.
    pub cols: usize,
    /// `[rows, depth]`, or `[depth, rows]` if it is to be transposed.
    pub left: &'a [T],
    /// `[depth, cols]`.
    pub right: &'a [T],
    /// `[cols]`, added to every row.
    pub bias: Option<&'a [T]>,
    /// Whether negative results become 0.
    pub relu: bool,
}

impl<T: Number> Product<'_, T> {
    /// Writes the result, `[rows, cols]`. `TRANSPOSED` tells whether `left` is `[depth, rows]`.
    #[inline(always)]
    pub(super) fn write<S: Simd, const TRANSPOSED: bool>(&self, simd: S, out: &mut [T]) {
        let lanes = T::lanes::<S>();
        let mut col = 0;
        while col < self.cols {
            match self.cols - col {
                rest if rest >= 2 * lanes => self.column::<S, 2, false, TRANSPOSED>(simd, col, out),
                rest if rest > lanes => self.column::<S, 2, true, TRANSPOSED>(simd, col, out),
                rest if rest == lanes => self.column::<S, 1, false, TRANSPOSED>(simd, col, out),
                _ => self.column::<S, 1, true, TRANSPOSED>(simd, col, out),
            }
            col += 2 * lanes;
        }
    }

    /// All rows of the `V` vectors of columns that begin at `col`. With `TAIL` the last vector is not full.
    #[inline(always)]
    fn column<S: Simd, const V: usize, const TAIL: bool, const TRANSPOSED: bool>(
        &self,
        simd: S,
        col: usize,
        out: &mut [T],
    ) {
        let mut row = 0;
        // Eight rows of two vectors need 16 registers beside those of the operands.
        while S::REGISTER_COUNT >= 32 && row + 8 <= self.rows {
            self.tile::<S, 8, V, TAIL, TRANSPOSED>(simd, row, col, out);
            row += 8;
        }
        while row + 4 <= self.rows {
            self.tile::<S, 4, V, TAIL, TRANSPOSED>(simd, row, col, out);
            row += 4;
        }
        while row + 2 <= self.rows {
            self.tile::<S, 2, V, TAIL, TRANSPOSED>(simd, row, col, out);
            row += 2;
        }
        if row < self.rows {
            self.tile::<S, 1, V, TAIL, TRANSPOSED>(simd, row, col, out);
        }
    }

    /// `R` rows by `V` vectors.
    // Indices over several arrays at once; iterators would hide the loop that must stay in registers.
    #[allow(clippy::needless_range_loop)]
    #[inline(always)]
    fn tile<S: Simd, const R: usize, const V: usize, const TAIL: bool, const TRANSPOSED: bool>(
        &self,
        simd: S,
        row: usize,
        col: usize,
        out: &mut [T],
    ) {
        let lanes = T::lanes::<S>();
        let (rows, depth, cols) = (self.rows, self.depth, self.cols);
        let width = if TAIL { cols - col } else { V * lanes };
        let mut sums = [[T::splat(simd, T::default()); V]; R];
        if let Some(bias) = self.bias {
            let bias = load::<S, T, V, TAIL>(simd, &bias[col..col + width]);
            for r in 0..R {
                sums[r] = bias;
            }
        }
        let mut left: [&[T]; R] = [&[]; R];
        if !TRANSPOSED {
            for r in 0..R {
                left[r] = &self.left[(row + r) * depth..][..depth];
            }
        }
        for k in 0..depth {
            let right = load::<S, T, V, TAIL>(simd, &self.right[k * cols + col..][..width]);
            if TRANSPOSED {
                let left = &self.left[k * rows + row..][..R];
                for r in 0..R {
                    let x = T::splat(simd, left[r]);
                    for v in 0..V {
                        sums[r][v] = T::mul_add(simd, x, right[v], sums[r][v]);
                    }
                }
            } else {
                for r in 0..R {
                    let x = T::splat(simd, left[r][k]);
                    for v in 0..V {
                        sums[r][v] = T::mul_add(simd, x, right[v], sums[r][v]);
                    }
                }
            }
        }
        for r in 0..R {
            let out = &mut out[(row + r) * cols + col..][..width];
            for v in 0..V {
                let sum = if self.relu { T::relu(simd, sums[r][v]) } else { sums[r][v] };
                if TAIL && v == V - 1 {
                    T::store_tail(simd, &mut out[v * lanes..], sum);
                } else {
                    T::store(simd, &mut out[v * lanes..(v + 1) * lanes], sum);
                }
            }
        }
    }
}

/// `V` vectors of one row.
#[allow(clippy::needless_range_loop)]
#[inline(always)]
fn load<S: Simd, T: Number, const V: usize, const TAIL: bool>(simd: S, from: &[T]) -> [T::Vector<S>; V] {
    let lanes = T::lanes::<S>();
    let mut vectors = [T::splat(simd, T::default()); V];
    for v in 0..V {
        vectors[v] = if TAIL && v == V - 1 {
            T::load_tail(simd, &from[v * lanes..])
        } else {
            T::load(simd, &from[v * lanes..(v + 1) * lanes])
        };
    }
    vectors
}

/// The side of the squares in which [`transpose`] works.
const SIDE: usize = 8;

/// Writes a row-major `[rows, cols]` as `[cols, rows]`.
#[inline(always)]
pub(super) fn transpose<T: Number>(rows: usize, cols: usize, from: &[T], to: &mut [T]) {
    for row in (0..rows).step_by(SIDE) {
        for col in (0..cols).step_by(SIDE) {
            if row + SIDE <= rows && col + SIDE <= cols {
                square(rows, cols, &from[row * cols + col..], &mut to[col * rows + row..]);
            } else {
                for c in col..(col + SIDE).min(cols) {
                    for r in row..(row + SIDE).min(rows) {
                        to[c * rows + r] = from[r * cols + c];
                    }
                }
            }
        }
    }
}

/// One square, through registers.
#[allow(clippy::needless_range_loop)]
#[inline(always)]
fn square<T: Number>(rows: usize, cols: usize, from: &[T], to: &mut [T]) {
    let mut square = [[T::default(); SIDE]; SIDE];
    for r in 0..SIDE {
        let line = &from[r * cols..][..SIDE];
        for c in 0..SIDE {
            square[c][r] = line[c];
        }
    }
    for c in 0..SIDE {
        to[c * rows..][..SIDE].copy_from_slice(&square[c]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    struct Write<'a, 'b, T> {
        product: Product<'a, T>,
        transposed: bool,
        out: &'b mut [T],
    }

    impl<T: Number> pulp::WithSimd for Write<'_, '_, T> {
        type Output = ();

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) {
            if self.transposed {
                self.product.write::<S, true>(simd, self.out);
            } else {
                self.product.write::<S, false>(simd, self.out);
            }
        }
    }

    fn check<T: Number>(rows: usize, depth: usize, cols: usize, arch: pulp::Arch, tolerance: f64) {
        let numbers = |n: usize, seed: f64| -> Vec<T> { (0..n).map(|i| T::of((i as f64 * seed).sin())).collect() };
        let (left, right, bias) = (numbers(rows * depth, 1.7), numbers(depth * cols, 0.9), numbers(cols, 2.3));
        for (transposed, relu) in [(false, false), (false, true), (true, false)] {
            let mut out = vec![T::default(); rows * cols];
            let product = Product { rows, depth, cols, left: &left, right: &right, bias: Some(&bias), relu };
            arch.dispatch(Write { product, transposed, out: &mut out });
            for row in 0..rows {
                for col in 0..cols {
                    let at = |k: usize| if transposed { left[k * rows + row] } else { left[row * depth + k] };
                    let sum: f64 = (0..depth).map(|k| at(k).wide() * right[k * cols + col].wide()).sum();
                    let exact = if relu { (sum + bias[col].wide()).max(0.0) } else { sum + bias[col].wide() };
                    let found = out[row * cols + col].wide();
                    assert!((found - exact).abs() < tolerance, "[{row}, {col}]: {found} for {exact}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn products_of_any_size_are_those_of_the_definition(rows in 0usize..20, depth in 0usize..9, cols in 0usize..70) {
            for arch in [pulp::Arch::new(), pulp::Arch::Scalar] {
                check::<f32>(rows, depth, cols, arch, 1e-5);
                check::<f64>(rows, depth, cols, arch, 1e-13);
            }
        }
    }

    #[test]
    fn a_transposed_matrix_is_the_matrix_with_rows_for_columns() {
        for (rows, cols) in [(0, 3), (3, 0), (1, 9), (8, 8), (17, 25), (32, 10)] {
            let from: Vec<f32> = (0..rows * cols).map(|i| i as f32).collect();
            let mut to = vec![-1.0; rows * cols];
            transpose(rows, cols, &from, &mut to);
            assert!((0..rows * cols).all(|i| to[i % cols * rows + i / cols] == i as f32), "{rows} × {cols}");
        }
    }

    #[test]
    fn nan_is_not_cut_off() {
        let (left, right) = ([f32::NAN], [1.0f32; 3]);
        let mut out = [0.0f32; 3];
        let product = Product { rows: 1, depth: 1, cols: 3, left: &left, right: &right, bias: None, relu: true };
        pulp::Arch::new().dispatch(Write { product, transposed: false, out: &mut out });
        assert!(out.iter().all(|x| x.is_nan()));
    }
}
