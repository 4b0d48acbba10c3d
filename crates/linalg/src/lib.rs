//! Linear algebra on small matrices in this process's memory: `f64`, row by row, the same bits every time.
//!
//! Numbers that are not finite give NaN, never an endless loop or a panic.

/// Sweeps after which [`eigen`] returns its current result. Convergence is quadratic; a dozen suffice for hundreds of
/// rows.
const SWEEPS: usize = 64;

/// Elements off the diagonal that are smaller than this share of the largest element count as 0. The error of an
/// eigenvalue is then their square over the distance to the next eigenvalue.
const NEGLIGIBLE: f64 = 1e-18;

/// Eigenvalues, largest first, and eigenvectors of a symmetric matrix, `n × n`.
///
/// Component `i` of eigenvector `k` is element `i * n + k` of the second. Only the upper triangle is read. Rotations in
/// a fixed cyclic order, each making one element 0 (Jacobi 1846; Golub and Van Loan, *Matrix Computations*, 8.5).
///
/// # Panics
/// When `matrix` does not hold `n * n` numbers.
pub fn eigen(n: usize, matrix: &[f64]) -> (Vec<f64>, Vec<f64>) {
    assert_eq!(matrix.len(), n * n, "a square matrix");
    if !finite(matrix) {
        return (vec![f64::NAN; n], vec![f64::NAN; n * n]);
    }
    // Divided by the largest element, so that no square overflows.
    let scale = matrix.iter().fold(0.0f64, |most, x| most.max(x.abs()));
    let unit = if scale > 0.0 { scale } else { 1.0 };
    let mut a: Vec<f64> = (0..n * n).map(|at| matrix[(at / n).min(at % n) * n + (at / n).max(at % n)] / unit).collect();
    // One eigenvector a row while it grows.
    let mut vectors = identity(n);
    for _ in 0..SWEEPS {
        let mut rotated = false;
        for p in 0..n {
            for q in p + 1..n {
                if a[p * n + q].abs() > NEGLIGIBLE {
                    rotate(n, &mut a, &mut vectors, p, q);
                    rotated = true;
                }
            }
        }
        if !rotated {
            break;
        }
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| a[j * n + j].total_cmp(&a[i * n + i]));
    let values = order.iter().map(|&k| a[k * n + k] * unit).collect();
    let columns = (0..n * n).map(|at| vectors[order[at % n] * n + at / n]).collect();
    (values, columns)
}

/// The rotation in the plane of `p` and `q` that makes their common element 0.
fn rotate(n: usize, a: &mut [f64], vectors: &mut [f64], p: usize, q: usize) {
    let (app, aqq, apq) = (a[p * n + p], a[q * n + q], a[p * n + q]);
    let theta = (aqq - app) / (2.0 * apq);
    let tangent = theta.signum() / (theta.abs() + theta.hypot(1.0));
    let c = 1.0 / tangent.hypot(1.0);
    let s = tangent * c;
    for k in 0..n {
        let (kp, kq) = (a[p * n + k], a[q * n + k]);
        let (new_p, new_q) = (c * kp - s * kq, s * kp + c * kq);
        (a[p * n + k], a[k * n + p]) = (new_p, new_p);
        (a[q * n + k], a[k * n + q]) = (new_q, new_q);
        let (vp, vq) = (vectors[p * n + k], vectors[q * n + k]);
        (vectors[p * n + k], vectors[q * n + k]) = (c * vp - s * vq, s * vp + c * vq);
    }
    a[p * n + p] = app - tangent * apq;
    a[q * n + q] = aqq + tangent * apq;
    (a[p * n + q], a[q * n + p]) = (0.0, 0.0);
}

/// The symmetric matrix `V f(Λ) Vᵀ` from the result of [`eigen`]: a function of the matrix.
pub fn spectral(n: usize, values: &[f64], vectors: &[f64], f: impl Fn(f64) -> f64) -> Vec<f64> {
    let mapped: Vec<f64> = values.iter().map(|&value| f(value)).collect();
    let element = |i: usize, j: usize| {
        (0..n).map(|k| vectors[i * n + k] * mapped[k] * vectors[j * n + k]).fold(0.0, |sum, x| sum + x)
    };
    (0..n * n).map(|at| element(at / n, at % n)).collect()
}

/// The solution x of `matrix · x = rhs` for a symmetric matrix; None if the matrix is not positive definite. Cholesky's
/// decomposition of the lower triangle.
///
/// # Panics
/// When the sizes do not fit.
pub fn solve_positive(n: usize, matrix: &[f64], rhs: &[f64]) -> Option<Vec<f64>> {
    assert_eq!((matrix.len(), rhs.len()), (n * n, n), "a square matrix and a column");
    if !finite(matrix) || !finite(rhs) {
        return Some(vec![f64::NAN; n]);
    }
    let (mut l, mut x) = (vec![0.0; n * n], rhs.to_vec());
    for i in 0..n {
        for j in 0..=i {
            let rest = (0..j).fold(matrix[i * n + j], |rest, k| rest - l[i * n + k] * l[j * n + k]);
            if i == j && rest <= 0.0 {
                return None;
            }
            l[i * n + j] = if i == j { rest.sqrt() } else { rest / l[j * n + j] };
        }
    }
    for i in 0..n {
        x[i] = (0..i).fold(x[i], |rest, k| rest - l[i * n + k] * x[k]) / l[i * n + i];
    }
    for i in (0..n).rev() {
        x[i] = (i + 1..n).fold(x[i], |rest, k| rest - l[k * n + i] * x[k]) / l[i * n + i];
    }
    Some(x)
}

fn finite(numbers: &[f64]) -> bool {
    numbers.iter().all(|x| x.is_finite())
}

fn identity(n: usize) -> Vec<f64> {
    (0..n * n).map(|at| f64::from(u8::from(at / n == at % n))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers in (-1, 1) that look random, always the same.
    fn numbers(count: usize) -> Vec<f64> {
        (1..=count).map(|i| (i as f64 * 12.9898).sin() * 43758.5453 % 1.0).collect()
    }

    fn product(n: usize, a: &[f64], b: &[f64]) -> Vec<f64> {
        (0..n * n).map(|at| (0..n).map(|k| a[at / n * n + k] * b[k * n + at % n]).sum()).collect()
    }

    fn transposed(n: usize, a: &[f64]) -> Vec<f64> {
        (0..n * n).map(|at| a[at % n * n + at / n]).collect()
    }

    fn check_close(found: &[f64], expected: &[f64], tolerance: f64) {
        assert_eq!(found.len(), expected.len());
        let far = found.iter().zip(expected).find(|(a, b)| (*a - *b).abs() > tolerance || a.is_nan());
        assert!(far.is_none(), "{far:?} in {found:?} against {expected:?}");
    }

    /// V is orthogonal, VΛVᵀ is the matrix, and the values descend.
    fn check_eigen(n: usize, matrix: &[f64]) {
        let scale = matrix.iter().fold(1e-300f64, |most, x| most.max(x.abs()));
        let (values, vectors) = eigen(n, matrix);
        assert!(values.windows(2).all(|pair| pair[0] >= pair[1]), "{values:?}");
        check_close(&product(n, &transposed(n, &vectors), &vectors), &identity(n), 1e-13);
        check_close(&spectral(n, &values, &vectors, |x| x), matrix, 1e-13 * scale * n as f64);
    }

    #[test]
    fn eigenvectors_are_orthogonal_and_rebuild_the_matrix() {
        for n in [1, 2, 3, 5, 20, 60] {
            let half = numbers(n * n);
            let symmetric: Vec<f64> = half.iter().zip(transposed(n, &half)).map(|(a, b)| a + b).collect();
            check_eigen(n, &symmetric);
            // Of rank one: all but one eigenvalue coincide.
            let rank_one: Vec<f64> = (0..n * n).map(|at| half[at / n] * half[at % n]).collect();
            check_eigen(n, &rank_one);
            check_eigen(n, &vec![0.0; n * n]);
            check_eigen(n, &identity(n));
            check_eigen(n, &symmetric.iter().map(|x| x * 1e300).collect::<Vec<_>>());
            check_eigen(n, &symmetric.iter().map(|x| x * 1e-300).collect::<Vec<_>>());
        }
    }

    #[test]
    fn eigenvalues_of_a_known_matrix() {
        let (values, vectors) = eigen(2, &[2.0, 1.0, 1.0, 2.0]);
        check_close(&values, &[3.0, 1.0], 1e-15);
        assert!((vectors[0] - vectors[2]).abs() < 1e-15 && (vectors[1] + vectors[3]).abs() < 1e-15, "{vectors:?}");
        assert_eq!(eigen(1, &[-4.0]), (vec![-4.0], vec![1.0]));
        assert_eq!(eigen(0, &[]), (vec![], vec![]));
        // The inverse fourth root, to the fourth power, times the matrix.
        let m = [5.0, 2.0, 2.0, 1.0];
        let (values, vectors) = eigen(2, &m);
        let root = spectral(2, &values, &vectors, |x| x.powf(-0.25));
        let square = product(2, &root, &root);
        check_close(&product(2, &product(2, &square, &square), &m), &identity(2), 1e-12);
    }

    #[test]
    fn what_is_solved_is_a_solution() {
        for n in [1, 2, 3, 5, 20, 60] {
            let (half, x) = (numbers(n * n), numbers(n + 7)[7..].to_vec());
            let mut positive = product(n, &half, &transposed(n, &half));
            (0..n).for_each(|i| positive[i * n + i] += 1.0);
            let times = |m: &[f64]| (0..n).map(|i| (0..n).map(|j| m[i * n + j] * x[j]).sum()).collect::<Vec<f64>>();
            check_close(&solve_positive(n, &positive, &times(&positive)).unwrap(), &x, 1e-11);
        }
        assert_eq!(solve_positive(0, &[], &[]), Some(vec![]));
    }

    #[test]
    fn singular_and_indefinite_matrices_have_no_solution() {
        assert_eq!(solve_positive(1, &[0.0], &[1.0]), None);
        assert_eq!(solve_positive(2, &[1.0, 2.0, 2.0, 1.0], &[1.0, 1.0]), None);
    }

    #[test]
    fn what_is_not_finite_gives_nan() {
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            for at in 0..9 {
                let mut m = identity(3);
                m[at] = bad;
                let (values, vectors) = eigen(3, &m);
                assert!(values.iter().chain(&vectors).all(|x| x.is_nan()));
                assert!(solve_positive(3, &m, &[1.0; 3]).unwrap().iter().all(|x| x.is_nan()));
            }
            assert!(solve_positive(1, &[1.0], &[bad]).unwrap()[0].is_nan());
        }
    }
}
